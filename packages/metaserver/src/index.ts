export { type Metaserver, type MetaserverConfig, type MetaserverEnv, startMetaserver } from './metaserver.js';
