// What the browser keeps for us under one name; in memory where it must not keep anything.
const memory = new Map();

function reading(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return memory.get(name) ?? null;
  }
}

function writing(name, text) {
  try {
    localStorage.setItem(name, text);
  } catch {
    memory.set(name, text);
  }
}

export class Kept {
  constructor(name, initial = {}) {
    this.name = name;
    this.initial = initial;
  }

  get() {
    try {
      return { ...this.initial, ...JSON.parse(reading(this.name) ?? "{}") };
    } catch {
      return { ...this.initial };
    }
  }

  set(changes) {
    writing(this.name, JSON.stringify({ ...this.get(), ...changes }));
  }

  // Calls back when another tab changed it.
  watch(callback) {
    const handler = (event) => event.key === this.name && callback(this.get());
    addEventListener("storage", handler);
    return () => removeEventListener("storage", handler);
  }
}
