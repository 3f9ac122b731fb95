/** URLs that one call signs: announced and kept. */
export const MAX_IMAGE_URLS = 500;
