const { LEFT_OUT } = require('./scripts/leave-out');

/** What is added to the configuration of JupyterLab's builder. */
module.exports = {
  module: {
    rules: [
      ...LEFT_OUT.map(({ path, value }) => ({
        test: new RegExp(path),
        loader: require.resolve('./scripts/leave-out'),
        options: { value }
      })),
      // The builder puts styles into scripts as they are, comments and all.
      {
        test: /[\\/]style[\\/]\w+\.css$/,
        enforce: 'pre',
        loader: 'builtin:lightningcss-loader',
        options: { minify: true }
      }
    ]
  }
};
