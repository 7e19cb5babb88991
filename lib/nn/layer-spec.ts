import { expected } from '../base/errors.js';
import type { SpecOptions } from '../base/spec.js';
import type { Layer } from './layer.js';

/** A layer as plain data: its name, and the options it was made with. */
export type LayerSpec = { readonly layer: string } & SpecOptions;

/** The first layer without a spec, with its place: 'mine' or 'mine at 2.0'. */
function lacking(layer: Layer, place: string): string | null {
  if (layer.spec !== undefined) return null;
  for (const [at, part] of (layer.layers ?? []).entries()) {
    const found = lacking(part, place === '' ? `${at}` : `${place}.${at}`);
    if (found !== null) return found;
  }
  return `'${layer.name}'${place === '' ? '' : ` at ${place}`}`;
}

/** The spec of a layer. Throws TypeError for one without, which names the layer that lacks it. */
export function specOf(who: string, layer: Layer, hint?: string): LayerSpec {
  if (layer.spec === undefined) throw expected(who, 'every layer of the model to have a spec', `${lacking(layer, '')} without one`, hint);
  return layer.spec;
}
