/** Let the browser keep a text, or what an address has, as a file. */
export function download(
  name: string,
  source: { text: string } | { url: string }
): void {
  const isText = 'text' in source;
  const url = isText
    ? URL.createObjectURL(new Blob([source.text], { type: 'text/plain' }))
    : source.url;
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  if (isText) {
    // The browser has taken it by the next turn.
    setTimeout(() => URL.revokeObjectURL(url), 0);
  }
}
