/** One person, for owners: role, ways back in, keeping them out. */
import { Alert, App, Button, Drawer, Popconfirm, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useMe } from "@/ui/me";
import { ErrorNote } from "@/ui/States";
import { roleChoice } from "./roleChoice";
import { ROLES } from "./roles";
import { Secret } from "./Secret";

type Person = components["schemas"]["UserOut"];
type Changes = components["schemas"]["UserIn"];

export function PersonDrawer({ person, onClose }: { person: Person | undefined; onClose: () => void }) {
  return (
    <Drawer open={person !== undefined} onClose={onClose} title={person?.name || person?.email} size={420} destroyOnHidden>
      {person && <PersonBody person={person} />}
    </Drawer>
  );
}

function PersonBody({ person }: { person: Person }) {
  const { t } = useTranslation("governance");
  const { message } = App.useApp();
  const me = useMe();
  const done = {
    onSuccess: () => {
      void refresh("/api/users");
      void message.success(t("saved"));
    },
    onError: () => void refresh("/api/users"),
  };
  const path = { user_id: person.id };
  const change = api.useMutation("patch", "/api/users/{user_id}", done);
  const forget = api.useMutation("delete", "/api/users/{user_id}/second-factor", done);
  const send = (body: Changes) => change.mutate({ params: { path }, body: { ...body, version: person.version } });
  const error = change.error ?? forget.error;
  return (
    <div className="person">
      {error && <ErrorNote error={error} />}
      <label className="person-part">
        <span className="person-label">{t("people.role")}</span>
        <Select
          value={person.role}
          loading={change.isPending}
          onChange={(role) => send({ role })}
          options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`), text: t(`roleText.${role}`) }))}
          optionRender={roleChoice}
        />
        <span className="soft">{t(`roleText.${person.role}`)}</span>
        <span className="soft">{t("person.roleNote")}</span>
      </label>
      <ResetLink person={person} />
      {person.second_factor && (
        <div className="person-part">
          <span className="person-label">{t("factor.title")}</span>
          <Popconfirm title={t("person.forgetSure")} description={t("person.forgetText")} okText={t("factor.remove")} cancelText={t("keep")} onConfirm={() => forget.mutate({ params: { path } })}>
            <Button>{t("person.forget")}</Button>
          </Popconfirm>
        </div>
      )}
      {person.id !== me.id && (
        <div className="person-part">
          <span className="person-label">{t("person.access")}</span>
          {person.disabled_at ? (
            <Button onClick={() => send({ disabled: false })}>{t("person.enable")}</Button>
          ) : (
            <Popconfirm title={t("person.disableSure")} description={t("person.disableText")} okText={t("person.disable")} cancelText={t("keep")} onConfirm={() => send({ disabled: true })}>
              <Button danger>{t("person.disable")}</Button>
            </Popconfirm>
          )}
        </div>
      )}
    </div>
  );
}

function ResetLink({ person }: { person: Person }) {
  const { t } = useTranslation("governance");
  const [link, setLink] = useState<string>();
  const make = api.useMutation("post", "/api/users/{user_id}/reset-link", { onSuccess: (answer) => setLink(answer.link) });
  return (
    <div className="person-part">
      <span className="person-label">{t("person.lost")}</span>
      {make.error && <ErrorNote error={make.error} />}
      {link === undefined ? (
        <Button onClick={() => make.mutate({ params: { path: { user_id: person.id } } })} loading={make.isPending} disabled={Boolean(person.disabled_at)}>
          {t("person.makeLink")}
        </Button>
      ) : (
        <>
          <Alert type="info" showIcon title={t("person.linkText")} />
          <Secret text={link} label={t("person.link")} />
        </>
      )}
    </div>
  );
}
