/** A number that explains itself: by hover, by focus, and to a screen reader. */
import { Tooltip } from "antd";
import type { ReactNode } from "react";
import "./figure.css";

export type Tone = "plain" | "good" | "attention" | "stop" | "muted";

interface Props {
  /** What the number is: "Spent", "Held out". */
  label: string;
  /** The number as shown. */
  children: ReactNode;
  /** What it means, in one or two sentences. Every figure has one. */
  explain: ReactNode;
  /** All digits, shown with the explanation where the shown number is rounded. */
  exact?: string | undefined;
  /** Show the label above the number (default), beside it, or to screen readers alone. */
  layout?: "above" | "beside" | "bare";
  tone?: Tone;
  size?: "large" | "normal" | "small";
  /** A second, smaller line. */
  note?: ReactNode;
}

export function Figure({ label, children, explain, exact, layout = "above", tone = "plain", size = "normal", note }: Props) {
  const title = (
    <>
      {exact !== undefined && <strong className="figure-exact">{exact}</strong>}
      <span>{explain}</span>
    </>
  );
  return (
    <span className={`figure figure-${layout} figure-${size}`} data-tone={tone}>
      <span className={layout === "bare" ? "visually-hidden" : "figure-label"}>{label}</span>
      <Tooltip title={title} trigger={["hover", "focus"]}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
        <span className="figure-value" tabIndex={0}>
          {children}
        </span>
      </Tooltip>
      {note !== undefined && <span className="figure-note">{note}</span>}
    </span>
  );
}
