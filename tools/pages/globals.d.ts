// What the pages add to a browser's globals, and what they take for granted there: HTML elements.
interface Window {
  chatd?: {
    (word: string, ...said: any[]): Promise<unknown>;
    element?: any;
    open(): void;
    close(): void;
    q?: Iterable<any>[];
  };
}

// A Refused carries all that the daemon said of it.
interface Error {
  code?: any;
  retry_after?: number;
}

interface ParentNode {
  querySelector<E extends HTMLElement = HTMLElement>(selectors: string): E | null;
}

// What is built has in it the names of its parts: see tools/build-pages.
declare const PARTS: Record<string, string[]>;
