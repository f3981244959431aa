/**
 * Puts a style sheet into the page by three lines instead of by style-loader and css-loader, whose
 * code, made for much more, would be larger than most of the sheets.
 */
const NORMAL = 'builtin:lightningcss-loader';

/** A sheet without comments, in as few characters. */
const short = sheet =>
  sheet
    .replace(/\s+/g, ' ')
    .replace(/ ?([{},;]) ?/g, '$1')
    .replace(/;\}/g, '}');

module.exports = function styleElement(source) {
  return `
    const style = document.createElement('style');
    style.textContent = ${JSON.stringify(short(source.toString()))};
    document.head.append(style);`;
};

/** Runs before the loaders that JupyterLab's builder has for style sheets, and instead of them. */
module.exports.pitch = function pitch() {
  return this.query === '?text'
    ? undefined
    : `import ${JSON.stringify(`!!${__filename}?text!${NORMAL}!${this.resourcePath}`)};`;
};
