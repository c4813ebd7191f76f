/** One question of the wizard: its label, its answer, and what is wrong with it. */
import { ExclamationCircleFilled, WarningFilled } from "@ant-design/icons";
import { useId, type ReactNode } from "react";
import { problemsAt, useWizard } from "./context";
import type { Problem } from "./spec";

interface Props {
  path: string;
  label: ReactNode;
  hint?: ReactNode;
  /** Gets the id that the label names and the id of what describes the answer. */
  children: (ids: { id: string; "aria-describedby": string; status: "" | "error" | "warning" }) => ReactNode;
  /** Several controls under one label. */
  isGroup?: boolean;
}

export function Field({ path, label, hint, children, isGroup = false }: Props) {
  const { draft } = useWizard();
  const id = useId();
  const noteId = `${id}-note`;
  const problems = problemsAt(draft.problems, path);
  const status = problems.some((problem) => problem.kind === "wrong") ? "error" : problems.some((problem) => problem.kind === "warning") ? "warning" : "";
  const name = isGroup ? (
    <span className="wizard-label" id={id}>
      {label}
    </span>
  ) : (
    <label className="wizard-label" htmlFor={id}>
      {label}
    </label>
  );
  return (
    <div className="wizard-field" role={isGroup ? "group" : undefined} aria-labelledby={isGroup ? id : undefined} data-field={path}>
      {name}
      {isGroup && hint !== undefined && <p className="wizard-hint wizard-lead">{hint}</p>}
      {children({ id: isGroup ? `${id}-control` : id, "aria-describedby": noteId, status })}
      <div id={noteId} className="wizard-notes">
        {!isGroup && hint !== undefined && <p className="wizard-hint">{hint}</p>}
        {problems.map((problem) => (
          <Note key={problem.field + problem.message} problem={problem} />
        ))}
      </div>
    </div>
  );
}

export function Note({ problem }: { problem: Problem }) {
  const icon = problem.kind === "wrong" ? <ExclamationCircleFilled aria-hidden /> : problem.kind === "warning" ? <WarningFilled aria-hidden /> : null;
  return (
    <p className="wizard-note" data-kind={problem.kind}>
      {icon}
      <span>{`${problem.message} ${problem.remedy}`.trim()}</span>
    </p>
  );
}
