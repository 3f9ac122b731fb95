/** Letters that turn the direction of what follows (UAX #9 sections 2.1 to 2.4), so that "exe.gpj" reads as "jpg.exe". */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** A name as it is: letters that would turn it are shown, each as its number. */
export function exposed(text: string): string {
  return text.replace(TURNS, (letter) => `[U+${letter.codePointAt(0)!.toString(16).toUpperCase()}]`);
}
