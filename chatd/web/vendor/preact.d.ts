// What the pages use of Preact and htm. A template's values are not looked into.
export type Vnode = object;
export type Ref<T> = { current: T };

export function html(strings: TemplateStringsArray, ...values: unknown[]): Vnode;
export function render(what: Vnode | null, where: Element | ShadowRoot | DocumentFragment): void;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((now: T) => T)) => void];
export function useReducer<T, A = void>(step: (now: T, action: A) => T, first: T): [T, (action: A) => void];
export function useRef<T = any>(first?: T): Ref<T>;
export function useMemo<T>(make: () => T, on: unknown[]): T;
export function useEffect(act: () => void | (() => void), on?: unknown[]): void;
export function useLayoutEffect(act: () => void | (() => void), on?: unknown[]): void;
export class Component<P = any, S = any> {
  constructor(props: P);
  props: P;
  state: S;
  setState(changes: Partial<S>): void;
  forceUpdate(): void;
}
