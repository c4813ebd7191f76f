/** One pair, side by side. */
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, refresh } from "@/api/client";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import type { Proposal } from "./types";

const SHOWN_HOME = 1;
const SURE = 0.9995;

export function ProposalCard({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  return (
    <li className="proposal">
      <div className="proposal-head">
        <h3>
          <Link to={`/customers/${proposal.first.id}`}>{proposal.first.name}</Link>
          <span aria-hidden="true" className="soft">{"≈"}</span>
          <span className="visually-hidden">{t("proposal.and")}</span>
          <Link to={`/customers/${proposal.second.id}`}>{proposal.second.name}</Link>
        </h3>
        <Figure label={t("proposal.score")} explain={t("proposal.scoreExplain")} layout="beside" tone={proposal.score >= 0.95 ? "good" : "plain"}>
          {proposal.score > SURE ? t("proposal.nearly") : formats.percent(proposal.score)}
        </Figure>
        {proposal.home >= SHOWN_HOME && proposal.score < SURE && (
          <Figure label={t("proposal.home")} explain={t("proposal.homeExplain")} layout="beside" tone="attention">
            {weight(-proposal.home)}
          </Figure>
        )}
        <Decide proposal={proposal} />
      </div>
      <Compared proposal={proposal} />
    </li>
  );
}

function weight(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;
}

function Compared({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const rows = proposal.compared.filter((row) => row.first !== "" || row.second !== "");
  // keys: how.*
  return (
    <table className="proposal-columns">
      <thead>
        <tr>
          <th scope="col">{t("proposal.column")}</th>
          <th scope="col">{t("proposal.record", { id: proposal.first.id })}</th>
          <th scope="col">{t("proposal.record", { id: proposal.second.id })}</th>
          <th scope="col">{t("proposal.says")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.column} data-how={row.how}>
            <th scope="row">{row.column}</th>
            <td>{row.first || "–"}</td>
            <td>{row.second || "–"}</td>
            <td>
              <Figure label={t(`how.${row.how}`)} explain={t("proposal.weightExplain", { times: formats.number(2 ** Math.abs(row.weight)), way: row.weight >= 0 ? t("likelier") : t("unlikelier") })} layout="beside" size="small">
                {weight(row.weight)}
              </Figure>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Decide({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("identity");
  const { message } = App.useApp();
  const mayWrite = useMay("customers:write");
  const done = (text: string) => ({
    onSuccess: () => {
      void message.success(text);
      void refresh("/api/identity", "/api/customers");
    },
    onError: (error: { message: string }) => void message.error(error.message),
  });
  const accept = api.useMutation("post", "/api/identity/proposals/{proposal_id}/accept", done(t("decide.merged")));
  const reject = api.useMutation("post", "/api/identity/proposals/{proposal_id}/reject", done(t("decide.apart")));
  const params = { path: { proposal_id: proposal.id } };
  if (proposal.state !== "open") return <span className="soft">{t("decide.by", { who: proposal.decided_by })}</span>;
  if (!mayWrite) return null;
  const names = { first: proposal.first.name, second: proposal.second.name };
  return (
    <span className="proposal-decide">
      <Button type="primary" size="small" loading={accept.isPending} aria-label={t("decide.acceptLabel", names)} onClick={() => accept.mutate({ params })}>
        {t("decide.accept")}
      </Button>
      <Button size="small" loading={reject.isPending} aria-label={t("decide.rejectLabel", names)} onClick={() => reject.mutate({ params })}>
        {t("decide.reject")}
      </Button>
    </span>
  );
}
