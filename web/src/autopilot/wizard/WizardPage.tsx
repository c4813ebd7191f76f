/** Five steps on one page: goal, audience, actions, limits, launch; the forecast beside them, the draft saves itself. */
import { CopyOutlined, DeleteOutlined } from "@ant-design/icons";
import { App, Button, Grid, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useParams } from "react-router";
import { api, refresh } from "@/api/client";
import { Page } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { ActionsStep } from "./ActionsStep";
import { AudienceStep } from "./AudienceStep";
import { WizardContext, useWizard } from "./context";
import { ForecastBar } from "./ForecastBar";
import { ForecastPanel } from "./ForecastPanel";
import { GoalStep } from "./GoalStep";
import { LaunchStep } from "./LaunchStep";
import { LimitsStep } from "./LimitsStep";
import { Rail } from "./Rail";
import { ClashDialog, SaveMark } from "./SaveMark";
import type { Draft } from "./spec";
import { useDraft } from "./useDraft";
import "./wizard.css";

export function Component() {
  const id = Number(useParams()["id"]);
  const draft = api.useQuery("get", "/api/campaigns/{campaign_id}/draft", { params: { path: { campaign_id: id } } }, { staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  return (
    <Answer of={draft} rows={12}>
      {(found) => (found.state === "draft" ? <Wizard key={found.id} first={found} /> : <Navigate to={`/campaigns/${found.id}`} replace />)}
    </Answer>
  );
}

function Wizard({ first }: { first: Draft }) {
  const { t } = useTranslation("wizard");
  const own = useDraft(first);
  const isWide = Grid.useBreakpoint().xl ?? true;
  return (
    <WizardContext value={own}>
      <Page title={t("title")} lead={<SaveMark />} help={<Help />} actions={<Actions />}>
        <div className="wizard">
          <Rail />
          <div className="wizard-steps">
            <NameField />
            <GoalStep />
            <AudienceStep />
            <ActionsStep />
            <LimitsStep />
            <LaunchStep />
          </div>
          {isWide && (
            <aside className="wizard-aside" aria-label={t("forecast.title")}>
              <ForecastPanel />
            </aside>
          )}
        </div>
        {!isWide && <ForecastBar />}
        <ClashDialog />
      </Page>
    </WizardContext>
  );
}

function NameField() {
  const { t } = useTranslation("wizard");
  const { name, set } = useWizard();
  return (
    <label className="wizard-name">
      <span className="visually-hidden">{t("field.name")}</span>
      <Input size="large" maxLength={200} value={name} aria-label={t("namePlaceholder")} placeholder={t("namePlaceholder")} onChange={(event) => set("name", event.target.value)} />
    </label>
  );
}

function Actions() {
  const { t } = useTranslation("wizard");
  const { draft, name, saveNow } = useWizard();
  const { modal, message } = App.useApp();
  const go = useNavigate();
  const copy = api.useMutation("post", "/api/campaigns/{campaign_id}/duplicate");
  const remove = api.useMutation("delete", "/api/campaigns/{campaign_id}");
  const params = { path: { campaign_id: draft.id } };
  const duplicate = async () => {
    await saveNow();
    const made = await copy.mutateAsync({ params });
    void message.success(t("duplicated"));
    void go(`/campaigns/${made.id}/edit`);
  };
  const discard = async () => {
    const isYes = await modal.confirm({ title: t("delete.sure", { name: name || t("unnamed") }), content: t("delete.about"), okText: t("delete.go"), cancelText: t("delete.keep"), okButtonProps: { danger: true } });
    if (!isYes) return;
    await remove.mutateAsync({ params: { ...params, query: { version: draft.version } } });
    await refresh("/api/campaigns");
    void go("/campaigns");
  };
  const failed = () => void message.error(t("failed"));
  return (
    <>
      <Button icon={<CopyOutlined aria-hidden />} loading={copy.isPending} onClick={() => void duplicate().catch(failed)}>
        {t("duplicate")}
      </Button>
      <Button icon={<DeleteOutlined aria-hidden />} loading={remove.isPending} onClick={() => void discard().catch(failed)} aria-label={t("delete.label")} title={t("delete.label")} />
    </>
  );
}

function Help() {
  const { t } = useTranslation("wizard");
  return (
    <>
      <p>{t("help.saves")}</p>
      <p>{t("help.forecast")}</p>
      <p>{t("help.measure")}</p>
      <p>{t("help.launch")}</p>
    </>
  );
}
