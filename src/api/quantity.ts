import { z } from "zod";
import { ruled } from "./rules.ts";

/** Kubernetes' amounts of something, such as `500m`, `4`, `16Gi` or `1e3`; here never negative. */

/** In units of a thousandth, the smallest that the API server keeps in a list of resources: it rounds up to it. */
type Millis = bigint;

const FORM = /^([0-9]{1,29})([.]([0-9]{1,9}))?(([KMGTPE]i)|([numkMGTPE])|[eE]([-+]?[0-9]{1,2}))?$/;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** By their power of ten, three apart, from the thousandth on; what is finer is read and never written. */
const DECIMAL = ["m", "", "k", "M", "G", "T", "P", "E"];
const FINER = ["u", "n"];
const ONE: Millis = 1000n;
/** The API server cuts off what is larger. */
const LARGEST: Millis = (2n ** 63n - 1n) * ONE;

type Form = "decimal" | "binary" | "exponent";

/** @returns undefined where the text is no quantity, or larger than the API server keeps */
export function parseQuantity(text: string): Millis | undefined {
  return read(text)?.millis;
}

/**
 * The form in which the API server stores it: `1000m` is `1`, `1024Mi` is `1Gi`, `1000` is `1k`.
 * Source: k8s.io/apimachinery, resource.Quantity, CanonicalizeBytes; k8s.io/kubernetes, SetDefaults_ResourceList.
 * @throws RangeError for what is no quantity
 */
export function canonicalQuantity(text: string): string {
  const found = read(text);
  if (found === undefined) throw new RangeError(`no quantity: ${text}`);
  const { millis, form } = found;
  if (millis === 0n) return "0";
  const isBinary = form === "binary" && millis >= 1024n * ONE && millis % ONE === 0n;
  if (isBinary) {
    const [number, power] = reduced(millis / ONE, 1024n);
    return `${number}${BINARY[power]}`;
  }
  const [number, power] = reduced(millis, 1000n);
  const exponent = (power - 1) * 3;
  if (form === "exponent") return exponent === 0 ? `${number}` : `${number}e${exponent}`;
  return `${number}${DECIMAL[power]}`;
}

/** Negative where the first is less. @throws RangeError */
export function compareQuantities(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => {
    const value = parseQuantity(text);
    if (value === undefined) throw new RangeError(`no quantity: ${text}`);
    return value;
  }) as [Millis, Millis];
  return first < second ? -1 : first > second ? 1 : 0;
}

export const lesserQuantity = (a: string, b: string): string => (compareQuantities(a, b) <= 0 ? a : b);
export const greaterQuantity = (a: string, b: string): string => (compareQuantities(a, b) >= 0 ? a : b);

/** A schema field: a quantity. */
export const quantity = () =>
  ruled(z.string().min(1).max(32), {
    cel: `self.matches(r'${FORM.source}')`,
    message: 'must be a quantity in quotes, such as "500m", "4" or "16Gi"',
    holds: (text) => parseQuantity(text) !== undefined,
  });

function read(text: string): { millis: Millis; form: Form } | undefined {
  const [, whole, , fraction = "", , binary, decimal, exponent] = FORM.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const form: Form = binary ? "binary" : exponent === undefined ? "decimal" : "exponent";
  const factor = binary ? 1024n ** BigInt(BINARY.indexOf(binary)) : 1n;
  const power = binary ? 0 : exponent === undefined ? powerOf(decimal) : Number(exponent);
  const shift = 3 + power - fraction.length;
  const scaled = BigInt(whole + fraction) * factor * 10n ** BigInt(Math.max(shift, 0));
  const divisor = 10n ** BigInt(Math.max(-shift, 0));
  const millis = (scaled + divisor - 1n) / divisor;
  return millis > LARGEST ? undefined : { millis, form };
}

const powerOf = (suffix = ""): number =>
  FINER.includes(suffix) ? -6 - 3 * FINER.indexOf(suffix) : (DECIMAL.indexOf(suffix) - 1) * 3;

/** The number without its factors of the base, and how many there were; never more than there are suffixes for. */
function reduced(value: bigint, base: bigint): [number: bigint, power: number] {
  let [number, power] = [value, 0];
  while (number % base === 0n) [number, power] = [number / base, power + 1];
  return [number, power];
}
