/** Of what a linked component imports, what its manifest answers for. */
import type { HostSignatures } from '../imports.ts';
import type { Manifest } from '../manifest.ts';
import { asksOf, permissionLines } from '../permission-lines.ts';
import type { ModuleSurface } from '../surface.ts';

/** The surface without imports of capabilities that were not asked for, if it is that of a linked component: they only refuse. */
export function askedImports(surface: ModuleSurface, host: HostSignatures, { permissions }: Manifest): ModuleSurface {
  if (surface.isLinked !== true) return surface;
  const imports = surface.imports.filter(({ name }) => {
    const capability = host.get(name)?.capability;
    if (capability === undefined || permissionLines(capability) === undefined) return true;
    return asksOf(permissions, capability).length > 0;
  });
  return { ...surface, imports };
}
