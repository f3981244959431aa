const { join } = require('node:path');
const { LEFT_OUT } = require('./scripts/leave-out');
const { makeDoors } = require('./scripts/one-door');

const folder = join(__dirname, 'lib');
makeDoors(folder);

/** What is added to the configuration of JupyterLab's builder. */
module.exports = {
  optimization: {
    // Short names: nobody but this build reads them.
    moduleIds: 'natural',
    mangleExports: 'size',
    splitChunks: {
      cacheGroups: {
        default: false,
        defaultVendors: false,
        // What both use is in the one that nearly everybody has; by default, each has it all.
        panel: {
          name: 'panel',
          chunks: ({ name }) => name === 'panel' || name === 'documents',
          minChunks: 2,
          enforce: true
        }
      }
    }
  },
  module: {
    rules: [
      ...LEFT_OUT.map(({ path, ...options }) => ({
        test: new RegExp(path),
        loader: require.resolve('./scripts/leave-out'),
        options
      })),
      {
        include: folder,
        use: [
          {
            loader: require.resolve('./scripts/one-door'),
            options: { folder }
          },
          require.resolve('./scripts/short-react'),
          {
            loader: require.resolve('./scripts/short-names'),
            options: { folder }
          }
        ]
      },
      {
        include: join(__dirname, 'style'),
        test: /\.css$/,
        enforce: 'post',
        loader: require.resolve('./scripts/style-element')
      }
    ]
  }
};
