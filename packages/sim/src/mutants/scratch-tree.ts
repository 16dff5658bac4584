import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type Mutant, MutantError, replaceIn } from './patch.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PACKAGES = 'packages';
const SCOPE = '@tessera';

/** A copy of the compiled packages in a directory of its own, where a mutant can be made. The repository stays as it is. */
export class ScratchTree {
  readonly directory: string;

  /** @throws MutantError */
  constructor(mutant: Mutant) {
    this.directory = mkdtempSync(path.join(tmpdir(), `tessera-mutant-${mutant.name}-`));
    this.#copyPackages();
    this.#linkModules();
    this.#break(mutant);
  }

  /** The simulator of this tree. */
  get simulator(): string {
    return path.join(this.directory, PACKAGES, 'sim/bin/tessera-sim.js');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #copyPackages(): void {
    for (const name of readdirSync(path.join(ROOT, PACKAGES))) {
      const from = path.join(ROOT, PACKAGES, name);
      const isWanted = (file: string) =>
        path.relative(from, file) !== 'src' && !/\.(test\.js|d\.ts|map|tsbuildinfo)$/.test(file);
      cpSync(from, path.join(this.directory, PACKAGES, name), { recursive: true, filter: isWanted });
    }
  }

  /** The tree's own packages under their names, everything else from the repository. */
  #linkModules(): void {
    const modules = path.join(this.directory, 'node_modules');
    mkdirSync(path.join(modules, SCOPE), { recursive: true });
    for (const name of readdirSync(path.join(ROOT, 'node_modules'))) {
      if (name === SCOPE) continue;
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
    }
    for (const name of readdirSync(path.join(ROOT, PACKAGES))) {
      symlinkSync(path.join(this.directory, PACKAGES, name), path.join(modules, SCOPE, name));
    }
  }

  #break({ name, replacements }: Mutant): void {
    for (const file of new Set(replacements.map((one) => one.file))) {
      let source = readFileSync(path.join(ROOT, file), 'utf8');
      for (const replacement of replacements) {
        if (replacement.file === file) source = replaceIn(source, name, replacement);
      }
      const compiled = path.join(this.directory, file.replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
      writeFileSync(compiled, compile(source, name, file));
    }
  }
}

/** One file by itself, as `tsc` would: only what TypeScript adds is erased. @throws MutantError */
function compile(source: string, mutant: string, file: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  const [first] = diagnostics;
  if (first)
    throw new MutantError(`mutant ${mutant}: ${file}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`);
  return outputText;
}
