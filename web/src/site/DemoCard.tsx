/** The demo company: bring it, watch it come, look at it, take it away. */
import { Button, Popconfirm, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";
import { isBusy, useDemo } from "./demo";

type Demo = components["schemas"]["DemoStatus"];

function useVerbs() {
  const told = { onSuccess: () => void refresh("/api/demo-company") };
  return { bring: api.useMutation("post", "/api/demo-company", told), remove: api.useMutation("delete", "/api/demo-company", { onSuccess: () => void refresh("/api") }) };
}

function Making({ demo, onCancel }: { demo: Demo; onCancel: () => void }) {
  const { t } = useTranslation("site");
  const isGoing = demo.state === "unwanted" || demo.state === "removing";
  return (
    <div className="demo-making" aria-live="polite">
      <Progress percent={demo.percent} showInfo={!isGoing} status="active" strokeColor="var(--accent)" aria-label={t("demo.progress")} />
      <p>{isGoing ? t("demo.removing") : t(`demo.stage.${demo.stage || "people"}`, { round: demo.round })}</p>
      {!isGoing && <Button onClick={onCancel}>{t("demo.cancel")}</Button>}
    </div>
  );
}

function Ready({ demo, onRemove, mayRemove }: { demo: Demo; onRemove: () => void; mayRemove: boolean }) {
  const { t } = useTranslation("site");
  const { number, exact } = useFormats();
  const figures = [
    ["customers", demo.figures.customers],
    ["deliveries", demo.figures.deliveries],
    ["mails", demo.figures.mails],
  ] as const;
  return (
    <>
      <div className="demo-figures">
        {figures.map(([name, value]) => (
          <Figure key={name} label={t(`demo.figure.${name}.label`)} explain={t(`demo.figure.${name}.explain`)} exact={exact(value)}>
            {number(value)}
          </Figure>
        ))}
      </div>
      <p>{t("demo.look")}</p>
      <ul className="demo-campaigns">
        {demo.campaigns.map((campaign) => (
          <li key={campaign.id}>
            <Link to={`/campaigns/${campaign.id}`}>{campaign.name}</Link> <span className="soft">{t(`campaignState.${campaign.state}`)}</span>
          </li>
        ))}
        <li>
          <Link to="/demo-inbox">{t("nav.demoInbox")}</Link> <span className="soft">{t("demo.inboxText")}</span>
        </li>
      </ul>
      {mayRemove && (
        <Popconfirm title={t("demo.sure")} description={t("demo.sureText", { count: demo.campaigns.length })} okText={t("demo.remove")} onConfirm={onRemove}>
          <Button danger>{t("demo.remove")}</Button>
        </Popconfirm>
      )}
    </>
  );
}

export function DemoCard() {
  const { t } = useTranslation("site");
  const asked = useDemo();
  const { bring, remove } = useVerbs();
  const isOwner = useMay("settings:write");
  return (
    <Section title={t("demo.title")}>
      <Answer of={asked}>
        {(demo) => (
          <div className="demo-card">
            {demo.state === "ready" ? (
              <Ready demo={demo} onRemove={() => remove.mutate({})} mayRemove={isOwner} />
            ) : isBusy(demo.state) ? (
              <Making demo={demo} onCancel={() => remove.mutate({})} />
            ) : (
              <>
                <p>{t("demo.offer")}</p>
                <p className="soft">{isOwner ? t("demo.honest") : t("demo.ownerOnly")}</p>
                {demo.state === "failed" && <p className="demo-failed">{t("demo.failed", { why: demo.failure })}</p>}
                {isOwner && (
                  <Button type="primary" loading={bring.isPending} onClick={() => bring.mutate({})}>
                    {t("demo.bring")}
                  </Button>
                )}
              </>
            )}
            {(bring.error ?? remove.error) != null && <ErrorNote error={bring.error ?? remove.error} />}
          </div>
        )}
      </Answer>
    </Section>
  );
}
