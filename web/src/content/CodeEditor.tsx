/** A small code editor for MJML, HTML and text, with problems marked at their lines; those of the whole stand below it. Loaded only when it is opened. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { xml } from "@codemirror/lang-xml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import { nonce } from "@/ui/nonce";
import { useScheme } from "@/ui/scheme";
import type { Format, Problem } from "./wording";

export interface EditorHandle {
  /** Put text where the cursor stands. */
  insert: (text: string) => void;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  format: Format;
  problems: Problem[];
  label: string;
  isReadOnly?: boolean;
  handle?: Ref<EditorHandle>;
}

const words = HighlightStyle.define([
  { tag: tags.tagName, color: "var(--accent)" },
  { tag: tags.attributeName, color: "var(--attention)" },
  { tag: tags.attributeValue, color: "var(--good)" },
  { tag: tags.comment, color: "var(--faint)" },
]);

export default function CodeEditor({ value, onChange, format, problems, label, isReadOnly = false, handle }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  const { scheme } = useScheme();
  const begin = useRef({ value, parts: new Compartment() });
  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);
  useEffect(() => {
    const { parts } = begin.current;
    const made = new EditorView({
      parent: place.current as HTMLElement,
      state: EditorState.create({
        doc: begin.current.value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          lintGutter(),
          indentUnit.of("  "),
          EditorView.lineWrapping,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.updateListener.of((update) => update.docChanged && changed.current(update.state.doc.toString())),
          parts.of([]),
          ...(nonce ? [EditorView.cspNonce.of(nonce)] : []),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const parts = [
      format === "text" ? [] : xml(),
      syntaxHighlighting(words),
      EditorView.darkTheme.of(scheme === "dark"),
      EditorView.editable.of(!isReadOnly),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    ];
    view.current?.dispatch({ effects: begin.current.parts.reconfigure(parts) });
  }, [format, scheme, isReadOnly, label]);
  useEffect(() => {
    const shown = view.current;
    if (shown && shown.state.doc.toString() !== value) shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const shown = view.current;
    if (shown) shown.dispatch(setDiagnostics(shown.state, problems.filter((problem) => problem.line !== null).map((problem) => markOf(problem, shown.state))));
  }, [problems]);
  useImperativeHandle(handle, () => ({
    insert: (text) => {
      const shown = view.current;
      if (!shown) return;
      shown.dispatch(shown.state.replaceSelection(text));
      shown.focus();
    },
  }));
  return <div ref={place} className="code-editor" />;
}

function markOf(problem: Problem, state: EditorState): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(problem.line ?? 1, 1), state.doc.lines));
  return { from: line.from, to: line.to, severity: problem.severity, message: `${problem.message} ${problem.remedy}` };
}
