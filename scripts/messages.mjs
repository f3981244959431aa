/**
 * Prints, as JSON, every text of the panel that is translated, in the order of its files.
 *
 * Texts are found where JupyterLab's translator is called: `trans.__`, `_n`, `_p` and `_np` with
 * texts that are written out. One that is put together cannot be found in a catalogue, and fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = process.argv[2] ?? 'src';

/** Which argument of each function is which part of a message. */
const FUNCTIONS = {
  __: ['id'],
  _n: ['id', 'plural'],
  _p: ['context', 'id'],
  _np: ['context', 'id', 'plural']
};

function* messagesIn(path) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const calls = [];
  const visit = node => {
    if (ts.isCallExpression(node)) {
      calls.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const call of calls) {
    const { arguments: given, expression } = call;
    const parts =
      ts.isPropertyAccessExpression(expression) &&
      Object.hasOwn(FUNCTIONS, expression.name.text)
        ? FUNCTIONS[expression.name.text]
        : null;
    if (parts) {
      const texts = parts.map((_, index) => given[index]);
      if (!texts.every(node => node && ts.isStringLiteralLike(node))) {
        const { line } = source.getLineAndCharacterOfPosition(call.getStart());
        throw new Error(
          `${path}:${line + 1}: what is translated has to be written out.`
        );
      }
      yield Object.fromEntries(
        texts.map((node, index) => [parts[index], node.text])
      );
    }
  }
}

const files = readdirSync(ROOT, { recursive: true })
  .filter(name => /\.tsx?$/.test(name) && !name.includes('__tests__'))
  .sort();
const found = files.flatMap(name => [...messagesIn(join(ROOT, name))]);
process.stdout.write(JSON.stringify(found, null, 1));
