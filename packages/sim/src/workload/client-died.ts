/** A client process died amid an operation: nothing more is heard of it. */
export class ClientDied extends Error {}
