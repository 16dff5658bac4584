export { type DaemonProgram, type RunningDaemon, runDaemon } from './run-daemon.js';
