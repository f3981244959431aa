/**
 * Lets the bundle call React's functions by names of one letter.
 *
 * React comes from JupyterLab, so that a minifier has to leave `React.createElement` as it is,
 * nearly a thousand times.
 */
module.exports = function shortReact(source) {
  const used = new Set();
  const short = source.replace(/\bReact\.(\w+)/g, (_, name) => {
    used.add(name);
    return `React_${name}`;
  });
  if (used.size === 0) {
    return source;
  }
  const path = JSON.stringify(require.resolve('./react.mjs'));
  const names = [...used].map(name => `${name} as React_${name}`).join(', ');
  return `import { ${names} } from ${path};\n${short}`;
};
