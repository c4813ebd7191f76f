import type { ReactNode } from "react";

interface Choice {
  label?: ReactNode;
  data: { text: string };
}

/** A role in a list of choices, with what it is for. */
export function roleChoice({ label, data }: Choice): ReactNode {
  return (
    <span className="role-choice">
      <strong>{label}</strong>
      <span>{data.text}</span>
    </span>
  );
}
