type Creation = readonly [name: string, properties: Readonly<Record<string, unknown>>];

/**
 * Creations in an order in which each comes behind those that it names as `#name` (RFC 8620 section 5.3): in a property's value, in a list
 * or as a key of an object. Where they name each other in a circle, the one that comes first will find that there is no such object.
 */
export function inOrderOfUse(creations: readonly Creation[]): Creation[] {
  const byName = new Map(creations.map((one) => [one[0], one]));
  const ordered = new Set<Creation>();
  const begun = new Set<Creation>();
  const add = (creation: Creation): void => {
    if (begun.has(creation)) return;
    begun.add(creation);
    for (const name of namesIn(creation[1])) {
      const other = byName.get(name);
      if (other !== undefined) add(other);
    }
    ordered.add(creation);
  };
  for (const creation of creations) add(creation);
  return [...ordered];
}

function namesIn(properties: Readonly<Record<string, unknown>>): string[] {
  const texts = Object.values(properties).flatMap((value) => {
    if (Array.isArray(value)) return value;
    return typeof value === 'object' && value !== null ? Object.keys(value) : [value];
  });
  return texts.flatMap((text) => (typeof text === 'string' && text.startsWith('#') ? text.slice(1) : []));
}
