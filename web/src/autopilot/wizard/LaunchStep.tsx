/** The last look: what will happen in one sentence, what still lacks, and the start. */
import { RocketOutlined } from "@ant-design/icons";
import { Alert, App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ApiError, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { ErrorNote } from "@/ui/States";
import { useGoalFormat } from "./amounts";
import { useWizard } from "./context";
import { Note } from "./Field";
import { useAudience } from "./useAnswers";

export function LaunchStep() {
  const { t } = useTranslation("wizard");
  const { draft } = useWizard();
  const hard = draft.problems.filter((problem) => problem.kind !== "warning");
  const warnings = draft.problems.filter((problem) => problem.kind === "warning");
  return (
    <Section id="launch" title={t("step.launch")}>
      {hard.length > 0 ? (
        <>
          <p>{t("launch.lacks")}</p>
          <div className="wizard-list">
            {hard.map((problem) => (
              <Note key={problem.field + problem.message} problem={problem} />
            ))}
          </div>
        </>
      ) : (
        <Summary />
      )}
      {hard.length === 0 && warnings.length > 0 && (
        <div className="wizard-list">
          {warnings.map((problem) => (
            <Note key={problem.field + problem.message} problem={problem} />
          ))}
        </div>
      )}
      <Launch isReady={hard.length === 0} />
    </Section>
  );
}

function useSentence(): string {
  const { t } = useTranslation("wizard");
  const { draft, spec } = useWizard();
  const formats = useFormats();
  const goal = useGoalFormat();
  const size = useAudience(draft).data?.size ?? 0;
  const values = {
    money: formats.money(spec.limits.money ?? 0),
    people: formats.number(size),
    date: spec.goal.deadline ? formats.date(spec.goal.deadline) : "",
    target: goal(spec.goal.target ?? 0),
    event: spec.goal.event,
    days: spec.cadence_days,
    holdOut: formats.percent(spec.hold_out, 0),
    ghost: formats.percent(spec.ghost_share, 0),
    futile: formats.percent(spec.futile_below, 0),
    unsubscribe: formats.percent(spec.guardrails.unsubscribe_rate),
  };
  // keys: launch.towards.*
  const parts = [
    t("launch.upTo", values),
    t(`launch.towards.${spec.goal.metric ?? "conversions"}`, values),
    t("launch.rounds", { ...values, count: spec.cadence_days }),
    spec.goal.incremental ? t("launch.held", values) : "",
    spec.review === "ask" ? t("launch.asks") : "",
    spec.goal.incremental ? t("launch.stopsProven", values) : t("launch.stopsCounted", values),
  ];
  return parts.filter(Boolean).join(t("launch.between"));
}

function Summary() {
  const sentence = useSentence();
  return <p className="wizard-summary">{sentence}</p>;
}

function Launch({ isReady }: { isReady: boolean }) {
  const { t } = useTranslation("wizard");
  const { draft, name, state, saveNow } = useWizard();
  const { modal } = App.useApp();
  const go = useNavigate();
  const sentence = useSentence();
  const may = useMay("campaigns:write");
  const launch = api.useMutation("post", "/api/campaigns/{campaign_id}/launch");
  const start = async () => {
    await launch.mutateAsync({ params: { path: { campaign_id: draft.id } }, body: { version: draft.version } });
    await refresh("/api/campaigns", "/api/cockpit");
    void go(`/campaigns/${draft.id}`);
  };
  const ask = async () => {
    if (!(await saveNow())) return;
    const isYes = await modal.confirm({ title: t("launch.sure", { name }), content: sentence, okText: t("launch.go"), cancelText: t("launch.wait"), icon: <RocketOutlined aria-hidden />, width: 560 });
    if (isYes) await start().catch((error: unknown) => error instanceof ApiError || Promise.reject(error as Error));
  };
  return (
    <>
      {launch.error && <ErrorNote error={launch.error} />}
      {!may && <Alert type="info" title={t("launch.mayNot")} />}
      <Button type="primary" size="large" icon={<RocketOutlined aria-hidden />} disabled={!isReady || !may || state === "conflict"} loading={launch.isPending} onClick={() => void ask()}>
        {t("launch.launch")}
      </Button>
    </>
  );
}
