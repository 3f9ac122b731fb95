/** Mail from files and to files: with the code that needs them. */
export const enMailFiles = {} as const;
