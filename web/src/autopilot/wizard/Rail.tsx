/** The steps at the side: what is right, what lacks, where one is. */
import { CheckCircleFilled, ExclamationCircleFilled, WarningFilled } from "@ant-design/icons";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { STEPS, useWizard, type Step } from "./context";

type Place = Step | "launch";
type Mark = "right" | "missing" | "wrong" | "warning";

function useMark(): (step: Step) => { mark: Mark; count: number } {
  const { draft } = useWizard();
  return (step) => {
    const own = draft.problems.filter((problem) => problem.step === step);
    const count = (kind: string) => own.filter((problem) => problem.kind === kind).length;
    if (count("wrong")) return { mark: "wrong", count: count("wrong") };
    if (count("missing")) return { mark: "missing", count: count("missing") };
    return count("warning") ? { mark: "warning", count: count("warning") } : { mark: "right", count: 0 };
  };
}

/** The step that is being looked at. */
function useSeen(): Place {
  const [seen, setSeen] = useState<Place>("goal");
  useEffect(() => {
    const watcher = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => setSeen(entry.target.id as Place)),
      { rootMargin: "-20% 0px -65% 0px" },
    );
    const end = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen("launch"), { threshold: 0.95 });
    for (const step of STEPS) {
      const section = document.getElementById(step);
      if (section) watcher.observe(section);
    }
    const launch = document.getElementById("launch");
    if (launch) end.observe(launch);
    return () => {
      watcher.disconnect();
      end.disconnect();
    };
  }, []);
  return seen;
}

const ICONS: Record<Mark, ReactNode> = {
  right: <CheckCircleFilled aria-hidden />,
  missing: <span className="wizard-ring" aria-hidden />,
  wrong: <ExclamationCircleFilled aria-hidden />,
  warning: <WarningFilled aria-hidden />,
};

export function Rail() {
  const { t } = useTranslation("wizard");
  const markOf = useMark();
  const seen = useSeen();
  const isReady = STEPS.every((step) => ["right", "warning"].includes(markOf(step).mark));
  const go = (place: Place) => {
    const section = document.getElementById(place);
    section?.scrollIntoView({ block: "start" });
    section?.querySelector<HTMLElement>("input, button, [tabindex='0'], textarea")?.focus({ preventScroll: true });
  };
  return (
    <nav className="wizard-rail" aria-label={t("rail.label")}>
      <ol>
        {STEPS.map((step) => {
          const { mark, count } = markOf(step);
          return (
            <li key={step} data-mark={mark}>
              <button type="button" aria-current={seen === step ? "step" : undefined} onClick={() => go(step)}>
                {ICONS[mark]}
                <span className="wizard-rail-name">{t(`step.${step}`)}</span>
                <span className="wizard-rail-state">{mark === "right" ? t("rail.right") : t(`rail.${mark}`, { count })}</span>
              </button>
            </li>
          );
        })}
        <li data-mark={isReady ? "right" : "missing"}>
          <button type="button" aria-current={seen === "launch" ? "step" : undefined} onClick={() => go("launch")}>
            {ICONS[isReady ? "right" : "missing"]}
            <span className="wizard-rail-name">{t("step.launch")}</span>
            <span className="wizard-rail-state">{isReady ? t("rail.ready") : t("rail.notYet")}</span>
          </button>
        </li>
      </ol>
    </nav>
  );
}
