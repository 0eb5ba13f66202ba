/** Below the CRD's 4,096 characters; of a message its beginning tells most: what failed, and on which object. */
const MESSAGE_MAX = 4000;

/** A longer message would have the whole status refused: the API server's own may be of any length. */
export const fit = (message: string): string =>
  message.length <= MESSAGE_MAX ? message : `${message.slice(0, MESSAGE_MAX - 1)}…`;
