// AssemblyScript looks for a package's sources at its root.
export * from './assembly/index';
