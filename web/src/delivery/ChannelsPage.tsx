/** Channels at a glance: which there are, and how well each is. */
import { PlusOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Page } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import type { Channel } from "./ChannelForm";
import { LastWords, Verdict, WeekFigures } from "./Health";
import "./delivery.css";

const MICROS = 1_000_000;
const FRESH_MS = 15_000;

export function Component() {
  const { t } = useTranslation("delivery");
  const mayWrite = useMay("delivery:write");
  const listed = api.useQuery("get", "/api/channels", {}, { refetchInterval: FRESH_MS });
  const fresh = mayWrite && (
    <LinkButton type="primary" icon={<PlusOutlined />} to="/channels/new">
      {t("channels.new")}
    </LinkButton>
  );
  return (
    <Page title={t("channels.title")} lead={t("channels.lead")} actions={fresh} help={<><p>{t("channels.help.health")}</p><p>{t("channels.help.rest")}</p></>}>
      <Answer of={listed} rows={6}>
        {(channels) =>
          channels.length === 0 ? (
            <EmptyState title={t("channels.empty")} action={fresh}>
              {t("channels.emptyText")}
            </EmptyState>
          ) : (
            <ul className="channels">
              {channels.map((channel) => (
                <Card key={channel.name} channel={channel} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Page>
  );
}

function Card({ channel }: { channel: Channel }) {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const place = String(channel.settings["host"] ?? channel.settings["url"] ?? channel.plugin);
  return (
    <li className="channel-card" data-verdict={channel.health.verdict}>
      <div className="channel-head">
        <Link to={`/channels/${channel.name}`}>{channel.name}</Link>
        <span className="soft">{place}</span>
      </div>
      <Verdict health={channel.health} />
      <WeekFigures health={channel.health} />
      <div className="channel-foot">
        <LastWords health={channel.health} />
        <Figure label={t("channels.cost")} explain={t("channels.costText")} layout="beside" size="small">
          {channel.cost_per_message === 0 ? t("channels.free") : formats.price(channel.cost_per_message / MICROS)}
        </Figure>
      </div>
    </li>
  );
}
