/** One person across devices: identities with first and last sight, and the records that they were merged from. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { Section } from "@/ui/Page";
import { Answer } from "@/ui/States";
import { Evidence } from "./Evidence";
import type { Person } from "./types";
import { UndoButton } from "./UndoButton";
import "./identity.css";

export function PersonSection({ id }: { id: number }) {
  const { t } = useTranslation("identity");
  const asked = api.useQuery("get", "/api/identity/people/{customer_id}", { params: { path: { customer_id: id } } });
  const extra = asked.data && asked.data.proposals > 0 && (
    <LinkButton size="small" to="/identity">
      {t("person.proposals", { count: asked.data.proposals })}
    </LinkButton>
  );
  return (
    <Section title={t("person.title")} extra={extra}>
      <Answer of={asked} rows={4}>
        {(person) => (
          <>
            <Names person={person} />
            <Merges person={person} />
          </>
        )}
      </Answer>
    </Section>
  );
}

function Names({ person }: { person: Person }) {
  const { t } = useTranslation("identity");
  const formats = useFormats();
  const { now } = useCompany();
  return (
    <ul className="person-names">
      {person.names.map((name) => (
        <li key={`${name.kind} ${name.value}`}>
          <span className="soft">{t(`kind.${name.kind}`)}</span>
          <span className={name.is_current ? "" : "soft"}>{name.value}</span>
          <span className="soft">
            {name.first_at && name.last_at && t("person.seen", { first: formats.date(name.first_at), last: formats.when(name.last_at, now()) })}
            {person.records.length > 1 && ` · ${t("proposal.record", { id: name.record })}`}
            {name.claimed_by > 0 && ` · ${t("person.claimed", { count: name.claimed_by })}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Merges({ person }: { person: Person }) {
  const { t } = useTranslation("identity");
  const held = person.merges.filter((merge) => !merge.undone_at);
  if (held.length === 0) return <p className="soft person-one">{t("person.one")}</p>;
  return (
    <ul className="person-merges">
      {held.map((merge) => (
        <li key={merge.id}>
          <span>{t("person.merge", { first: merge.first.id, second: merge.second.id })}</span>
          <Evidence merge={merge} />
          <UndoButton merge={merge} />
        </li>
      ))}
    </ul>
  );
}
