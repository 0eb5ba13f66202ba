/** The answer is larger than the client allows. */
export class BodyTooLarge extends Error {}

/**
 * Reads a whole body as text, never holding more than `limit` bytes of it (counted after decompression).
 * Rejects with BodyTooLarge, or with fetch's error when the body ends before it is complete.
 */
export async function readText(response: Response, limit: number): Promise<string> {
  const announced = response.headers.get("content-length");
  if (announced !== null && response.headers.get("content-encoding") === null) {
    if (Number(announced) <= limit) return response.text();
    await response.body?.cancel();
    throw new BodyTooLarge();
  }
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body, which closes the connection.
    if (size > limit) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? decode(chunks[0]) : decode(Buffer.concat(chunks, size));
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
