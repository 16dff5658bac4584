/** `name` inside the remote directory. */
export function joinRemote(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;
}

/** The last name of a remote path; empty for the root. */
export function remoteName(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? '';
}
