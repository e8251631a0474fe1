// The rules of the pages in chatd/web: what is likely a mistake is one, and no line is over 120 columns.
import { readFileSync } from "node:fs";

import js from "@eslint/js";
import globals from "globals";

const LONGEST = 120;
// As in tests/test_style.py: what a function does or returns is its name, not a state that something is in.
const IRREGULAR = new Set(JSON.parse(readFileSync(new URL("../participles.json", import.meta.url), "utf-8")));
const FUNCTIONS = new Set(["ArrowFunctionExpression", "FunctionExpression"]);

function isParticiple({ name }) {
  return IRREGULAR.has(name) || /^[a-z]{2,}[^e]ed$/.test(name);
}

const noParticiple = {
  create(context) {
    function judge(key) {
      if (key?.name && isParticiple(key)) context.report({ node: key, message: `"${key.name}" is no function's name` });
    }
    return {
      FunctionDeclaration: ({ id }) => judge(id),
      MethodDefinition: ({ kind, key }) => kind === "method" && judge(key),
      PropertyDefinition: ({ key, value }) => FUNCTIONS.has(value?.type) && judge(key),
      VariableDeclarator: ({ id, init }) => FUNCTIONS.has(init?.type) && judge(id),
    };
  },
};

export default [
  { ignores: ["chatd/web/vendor/**", "**/*.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    plugins: { words: { rules: { "no-participle": noParticiple } } },
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.browser, PARTS: "readonly" } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "arrow-body-style": "error",
      curly: ["error", "multi-line"],
      "default-case-last": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "logical-assignment-operators": "error",
      "max-len": ["error", { code: LONGEST, tabWidth: 2 }],
      "max-lines": ["error", { max: 400, skipComments: true }],
      "no-alert": "error",
      "no-console": ["error", { allow: ["error"] }],
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-implicit-coercion": "error",
      "no-implied-eval": "error",
      "no-lone-blocks": "error",
      "no-new-func": "error",
      "no-param-reassign": "error",
      "no-promise-executor-return": ["error", { allowVoid: true }],
      "no-return-assign": ["error", "except-parens"],
      "no-script-url": "error",
      "no-self-compare": "error",
      "no-sequences": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unneeded-ternary": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "no-unused-private-class-members": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-useless-concat": "error",
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-rest-params": "error",
      "prefer-spread": "error",
      "prefer-template": "error",
      radix: ["error", "as-needed"],
      "require-atomic-updates": "off",
      "words/no-participle": "error",
      yoda: "error",
    },
  },
];
