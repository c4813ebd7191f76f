/** The guided start: what a company needs before its first campaign, and a demo company to look around in meanwhile. */
import { ArrowRightOutlined, CheckCircleFilled } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { LinkButton } from "@/ui/LinkButton";
import { Page, Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { DemoCard } from "./DemoCard";
import "./start.css";

type Step = components["schemas"]["FirstStep"];

function StepRow({ step, isNext }: { step: Step; isNext: boolean }) {
  const { t } = useTranslation("site");
  return (
    <li className={step.done ? "start-step start-step-done" : "start-step"}>
      {step.done ? <CheckCircleFilled className="start-mark" aria-label={t("start.done")} /> : <span className="start-mark start-mark-open" role="img" aria-label={t("start.open")} />}
      <div className="start-words">
        <Link to={step.address}>{t(`start.step.${step.name}.name`)}</Link>
        <p>{t(`start.step.${step.name}.text`)}</p>
      </div>
      {!step.done && (
        <LinkButton to={step.address} type={isNext ? "primary" : "default"} size={isNext ? "middle" : "small"} icon={<ArrowRightOutlined />} iconPlacement="end">
          {t(`start.step.${step.name}.do`)}
        </LinkButton>
      )}
    </li>
  );
}

function Steps({ steps, next }: { steps: Step[]; next: string | undefined }) {
  return (
    <ol className="start-steps">
      {steps.map((step) => (
        <StepRow key={step.name} step={step} isNext={step.name === next} />
      ))}
    </ol>
  );
}

export function Component() {
  const { t } = useTranslation("site");
  const asked = api.useQuery("get", "/api/setup");
  return (
    <Page title={t("start.title")} lead={t("start.lead")} help={<StartHelp />}>
      <div className="start">
        <div>
          <Answer of={asked} rows={10}>
            {({ steps }) =>
              [true, false].map((needed) => (
                <Section key={String(needed)} title={needed ? t("start.needed") : t("start.then")}>
                  <Steps steps={steps.filter((step) => step.needed === needed)} next={steps.find((step) => !step.done)?.name} />
                </Section>
              ))
            }
          </Answer>
        </div>
        <DemoCard />
      </div>
    </Page>
  );
}

function StartHelp() {
  const { t } = useTranslation("site");
  return (
    <>
      <p>{t("start.help.order")}</p>
      <p>{t("start.help.demo")}</p>
    </>
  );
}
