/** One campaign's report as a page: every sentence comes told by the server, in the reader's language. */
import { DownloadOutlined, ShareAltOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { LinkButton } from "@/ui/LinkButton";
import { Page, Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { downloads, reportLanguage } from "./report/downloads";
import { Shares } from "./report/Shares";
import { StoryTable } from "./report/StoryTable";
import type { Story } from "./types";
import "@/ui/limit-bar.css";
import "./report/report.css";

const TONES = { good: "good", attention: "attention", quiet: "muted", neutral: "plain" } as const;

function Head({ story }: { story: Story }) {
  const f = useFormats();
  const points = story.looks.map((look) => ({ at: look.round, estimate: look.estimate, proven: look.proven_at_least, upper: look.high, told: look.told }));
  return (
    <Section title={story.status}>
      <p className="report-verdict" data-proven={story.is_proven}>
        {story.verdict}
      </p>
      <p className="soft">{[story.reason, story.forecast].filter(Boolean).join(" ")}</p>
      <div className="report-figures">
        {story.figures.map((figure) => (
          <Figure key={figure.label} label={figure.label} explain={figure.title} note={figure.note} tone={TONES[figure.tone as keyof typeof TONES] ?? "plain"} size="large">
            {figure.value}
          </Figure>
        ))}
      </div>
      {points.length > 0 && (
        <GoalChart
          detailed
          points={[{ at: 0, estimate: 0, proven: 0, upper: 0 }, ...points]}
          target={story.target}
          isProven={story.is_proven}
          description={`${story.chart_title}. ${story.verdict}`}
          format={f.number}
          targetLabel={story.target_told}
          height={240}
        />
      )}
    </Section>
  );
}

function List({ lines }: { lines: readonly string[] }) {
  return (
    <ul className="report-list">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Money({ story }: { story: Story }) {
  return (
    <Section title={story.heads.money}>
      <div className="report-bars">
        {story.bars.map((bar) => (
          <div key={bar.label}>
            <div className="report-bar-head">
              <span>{bar.label}</span>
            </div>
            <svg className="limit-bar-track" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`${bar.label}: ${bar.sentence}`}>
              <rect className="limit-bar-bed" width="100" height="6" />
              <rect className="limit-bar-reserved" width={Math.min(bar.committed + bar.reserved, 1) * 100} height="6" />
              <rect className="limit-bar-committed" width={bar.committed * 100} height="6" />
            </svg>
            <p className="report-bar-words">
              {bar.sentence}
              {bar.price && <br />}
              {bar.price}
            </p>
          </div>
        ))}
      </div>
    </Section>
  );
}

function Funnel({ story }: { story: Story }) {
  return (
    <Section title={story.heads.funnel}>
      <ul className="report-funnel">
        {story.funnel.map((step) => (
          <li key={step.label} title={step.title}>
            <span>{step.label}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
              <rect width={step.share * 100} height="8" rx="1" />
            </svg>
            <span>{step.value}</span>
            <span className="soft">{step.told_share}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Body({ story }: { story: Story }) {
  const { heads } = story;
  return (
    <>
      <Head story={story} />
      <div className="report-grid">
        <Money story={story} />
        <Funnel story={story} />
        <div className="report-wide">
          <Section title={heads.actions}>
            <p className="soft">{story.personalisation}</p>
            <StoryTable table={story.actions} name={heads.actions} />
          </Section>
        </div>
        <div className="report-wide">
          <Section title={heads.rounds}>
            <StoryTable table={story.rounds} name={heads.rounds} />
            {story.turns.map((turn) => (
              <details key={turn.name}>
                <summary>
                  {turn.name} · {turn.when}
                </summary>
                <List lines={turn.sentences} />
              </details>
            ))}
          </Section>
        </div>
        <Section title={heads.people}>
          <StoryTable table={story.people} name={heads.people} />
        </Section>
        <Section title={heads.segments}>
          <StoryTable table={story.segments} name={heads.segments} />
        </Section>
        <Section title={heads.checks}>
          <List lines={story.checks} />
        </Section>
        <Section title={heads.advice}>
          <List lines={story.advice} />
        </Section>
        <div className="report-wide">
          <Section title={heads.method}>
            <List lines={story.method} />
          </Section>
        </div>
      </div>
    </>
  );
}

export function Component() {
  const { t, i18n } = useTranslation("autopilot");
  const id = Number(useParams()["id"]);
  const [isSharing, setSharing] = useState(false);
  const asked = api.useQuery("get", "/api/campaigns/{campaign_id}/story", { params: { path: { campaign_id: id }, query: { language: reportLanguage(i18n.language) } } }, { placeholderData: (old) => old });
  const story = asked.data;
  const actions = (
    <>
      <Dropdown menu={{ items: downloads(id, i18n.language, t) }} trigger={["click"]}>
        <Button icon={<DownloadOutlined />}>{t("report.download")}</Button>
      </Dropdown>
      <Button icon={<ShareAltOutlined />} onClick={() => setSharing(true)}>
        {t("report.share")}
      </Button>
      <LinkButton to={`/campaigns/${id}`}>{t("report.campaign")}</LinkButton>
    </>
  );
  return (
    <Page title={story ? t("report.of", { name: story.campaign }) : t("report.one")} lead={story && `${story.period} · ${story.made}`} help={<p>{t("help.report")}</p>} actions={actions}>
      <Answer of={asked} rows={14}>
        {(found) => <Body story={found} />}
      </Answer>
      {isSharing && <Shares id={id} name={story?.campaign ?? ""} onClose={() => setSharing(false)} />}
    </Page>
  );
}
