const { LEFT_OUT } = require('./scripts/leave-out');

/** What is added to the configuration of JupyterLab's builder. */
module.exports = {
  module: {
    rules: LEFT_OUT.map(({ path, value }) => ({
      test: new RegExp(path),
      loader: require.resolve('./scripts/leave-out'),
      options: { value }
    }))
  }
};
