export { type ErrorCode, formatId, TesseraError } from '@tessera/protocol';
export type { Client, ClientCounters, ClientEnv, ConnectOptions, ReadStreamOptions } from './api.js';
export type {
  ClusterMapInfo,
  ClusterStatus,
  DiskState,
  ExtentInfo,
  PlacementGroupInfo,
  ServerState,
  ServerStatus,
  ShardPlace,
  SlotState,
} from './cluster/api.js';
export { type ServerFailure, ServerFailures, serverFailures } from './cluster/server-failures.js';
export {
  type CollectiveFile,
  type CollectiveFlags,
  type CollectiveOpenOptions,
  type CollectiveOptions,
  type DomainOutcome,
  type Group,
  type GroupOptions,
  joinGroup,
  localGroup,
  type RankFailure,
  RankFailures,
  rankFailures,
} from './collective/index.js';
export { connect } from './connect.js';
export * as datatype from './datatype/index.js';
export * as distribution from './distribution/index.js';
export type {
  AppendResult,
  CommitOptions,
  FileHandle,
  FileWritableOptions,
  OpenFlags,
  OpenOptions,
  RangeOptions,
} from './file/api.js';
export type { ListCalls, RangeData } from './file/list-api.js';
export type { PathListCalls, PathWriteOptions } from './file/path-list-api.js';
export type { StridedRange, ViewAccess, ViewCalls } from './file/view-api.js';
export type { Hints } from './hints/hints.js';
export { parseHints } from './hints/hints-text.js';
export type { DirectoryLayout, DomainLevel, Label, LayoutInfo, ServerOrder } from './layout-api.js';
export type {
  GetEntry,
  GetOutcome,
  ManyOptions,
  ManyProgress,
  PutEntry,
  PutManyOptions,
  PutOutcome,
} from './many/api.js';
export { type InFlight, inParallel } from './many/in-parallel.js';
export type {
  AttributeCalls,
  AttributeChanges,
  CopyCalls,
  CopyOptions,
  CopyResult,
  FollowOption,
  LinkCalls,
  LinkOptions,
  LinkTarget,
  ListOptions,
  MkdirOptions,
  RemoveXattrOptions,
  SetXattrOptions,
  SymlinkOptions,
  TouchOptions,
  XattrCalls,
  XattrInfo,
  XattrName,
} from './namespace/api.js';
export type {
  EntryPlus,
  FileLocation,
  LocationServer,
  LocationsOptions,
  StatFs,
  StatOutcome,
  SurveyCalls,
} from './namespace/survey-api.js';
export type { Attributes, Entry, NodeKind, OperationOptions, Path } from './node-api.js';
export type {
  Operation,
  OperationContext,
  OperationOutcome,
  OperationProgress,
  OperationSet,
  WaitOptions,
} from './operations/api.js';
export type { Content, Protection, PutOptions, PutResult } from './put/api.js';
