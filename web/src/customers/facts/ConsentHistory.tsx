/** Every change of what a customer allows: when, what, and on whose word. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Answer } from "@/ui/States";
import { useTopic } from "@/ui/useTopic";
import "./facts.css";

export function ConsentHistory({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button type="text" size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t("consent.history")}
      </Button>
      {isOpen && <Changes id={id} />}
    </>
  );
}

function Changes({ id }: { id: number }) {
  const { t } = useTranslation("facts");
  const { t: words } = useTranslation("customers");
  const formats = useFormats();
  const { now } = useCompany();
  const topic = useTopic();
  const asked = api.useQuery("get", "/api/customers/{customer_id}/consents", { params: { path: { customer_id: id } } });
  return (
    <div className="facts-history">
      <Answer of={asked} rows={2}>
        {(changes) =>
          changes.length === 0 ? (
            <p className="soft">{t("consent.none")}</p>
          ) : (
            <ul>
              {changes.toReversed().map((one, place) => (
                <li key={`${one.at} ${one.channel} ${one.purpose} ${place}`}>
                  <time dateTime={one.at} title={formats.moment(one.at)}>
                    {formats.when(one.at, now())}
                  </time>
                  <span>{words(`consent.says.${one.state === "granted" ? "granted" : "denied"}`, topic.of(one))}</span>
                  <span className="soft">{one.source}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </div>
  );
}
