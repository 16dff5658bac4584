export { type InspectedRecord, inspectLogFile } from './inspect-log-file.js';
