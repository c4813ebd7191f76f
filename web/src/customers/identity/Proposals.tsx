/** Pairs who may be one person, the surest first: both sides, how each column spoke, and what a person makes of it. */
import { keepPreviousData } from "@tanstack/react-query";
import { App, Button, Segmented, Slider } from "antd";
import { DownloadOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Answer, EmptyState } from "@/ui/States";
import { ProposalCard } from "./ProposalCard";
import { SearchButton } from "./SearchBar";

const PAGE = 20;
const LEAST = 0.5;
/** Many at once only where a mistake is rare. */
const LEAST_OF_MANY = 0.95;
const STATES = ["open", "accepted", "rejected"] as const;
type State = (typeof STATES)[number];

export function Proposals() {
  const { t } = useTranslation("identity");
  const [state, setState] = useState<State>("open");
  const [least, setLeast] = useState(LEAST);
  const [limit, setLimit] = useState(PAGE);
  const listed = api.useQuery("get", "/api/identity/proposals", { params: { query: { state, least, limit } } }, { placeholderData: keepPreviousData });
  // keys: proposal.state.*
  return (
    <>
      <div className="identity-bar">
        <Segmented<State> value={state} onChange={setState} aria-label={t("proposal.which")} options={STATES.map((value) => ({ value, label: t(`proposal.state.${value}`) }))} />
        <Least value={least} onChange={setLeast} />
        <span className="identity-space" />
        {state === "open" && <AcceptMany least={Math.max(least, LEAST_OF_MANY)} />}
        <Button type="text" icon={<DownloadOutlined />} href={`/api/identity/proposals/export?state=${state}&least=${least}`} download aria-label={t("export")} title={t("export")} />
      </div>
      <Answer of={listed} rows={8}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState title={t(`proposal.empty.${state}`)} action={state === "open" ? <SearchButton /> : undefined}>
              {t("proposal.emptyText")}
            </EmptyState>
          ) : (
            <>
              <ol className="proposals">
                {page.items.map((proposal) => (
                  <ProposalCard key={proposal.id} proposal={proposal} />
                ))}
              </ol>
              <div className="identity-foot">
                <span className="soft">{t("proposal.count", { count: page.total })}</span>
                {page.next !== null && <Button onClick={() => setLimit(Math.min(limit + PAGE, 200))}>{t("more")}</Button>}
              </div>
            </>
          )
        }
      </Answer>
    </>
  );
}

function Least({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const [shown, setShown] = useState(value);
  return (
    <div className="identity-least">
      <span className="soft">{t("proposal.least", { share: formats.percent(shown) })}</span>
      <Slider min={0.5} max={0.995} step={0.005} value={shown} onChange={setShown} onChangeComplete={onChange} tooltip={{ open: false }} ariaLabelForHandle={t("proposal.leastLabel")} />
    </div>
  );
}

function AcceptMany({ least }: { least: number }) {
  const { t } = useTranslation("identity");
  const { modal, message } = App.useApp();
  const formats = useFormats();
  const mayWrite = useMay("customers:write");
  const counted = api.useQuery("get", "/api/identity/proposals", { params: { query: { least, limit: 1 } } });
  const total = counted.data?.total ?? 0;
  const accept = api.useMutation("post", "/api/identity/proposals/accept-many", {
    onSuccess: () => void refresh("/api/identity"),
    onError: (error) => void message.error(error.message),
  });
  if (!mayWrite || total === 0) return null;
  const share = formats.percent(least);
  const sure = () =>
    modal.confirm({
      title: t("many.title", { count: total, share }),
      content: t("many.text"),
      okText: t("many.ok"),
      cancelText: t("keep"),
      onOk: () => accept.mutate({ body: { least } }),
    });
  return (
    <Button loading={accept.isPending} onClick={sure}>
      {t("many.button", { count: total, share })}
    </Button>
  );
}
