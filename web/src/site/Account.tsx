/** Who is signed in, and what is one's own: language, look, profile, leaving. */
import { BulbOutlined, GlobalOutlined, LogoutOutlined, SafetyOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { LANGUAGES, type Language } from "@/ui/i18n";
import { useMe } from "@/ui/me";
import { useScheme, type SchemeChoice } from "@/ui/scheme";
import { chooseLanguage, keepTheme, signOut } from "./commands";

const LOOKS: SchemeChoice[] = ["system", "light", "dark"];

function useItems(): MenuProps["items"] {
  const { t, i18n } = useTranslation("site");
  const { choice, choose } = useScheme();
  const go = useNavigate();
  const look = (next: SchemeChoice) => {
    choose(next);
    void keepTheme(next);
  };
  const mark = (isOn: boolean) => (isOn ? " ✓" : "");
  return [
    { key: "profile", icon: <UserOutlined />, label: t("account.profile"), onClick: () => void go("/profile") },
    { key: "security", icon: <SafetyOutlined />, label: t("account.security"), onClick: () => void go("/security") },
    { type: "divider" },
    {
      key: "language",
      icon: <GlobalOutlined />,
      label: t("account.language"),
      children: (Object.entries(LANGUAGES) as [Language, string][]).map(([code, name]) => ({
        key: code,
        label: <span lang={code}>{name + mark(i18n.language === code)}</span>,
        onClick: () => void chooseLanguage(code),
      })),
    },
    {
      key: "look",
      icon: <BulbOutlined />,
      label: t("account.look"),
      children: LOOKS.map((one) => ({ key: one, label: t(`look.${one}`) + mark(choice === one), onClick: () => look(one) })),
    },
    { type: "divider" },
    { key: "leave", icon: <LogoutOutlined />, label: t("account.leave"), onClick: () => void signOut() },
  ];
}

export function Account() {
  const { t } = useTranslation("site");
  const me = useMe();
  const name = me.name || me.email;
  return (
    <Dropdown menu={{ items: useItems() ?? [] }} trigger={["click"]} placement="topLeft">
      <Button type="text" className="account">
        <span className="account-face" aria-hidden>
          {name.slice(0, 1).toUpperCase()}
        </span>
        <span className="account-who">
          <span>{name}</span>
          <small>{t(`role.${me.role}`)}</small>
        </span>
      </Button>
    </Dropdown>
  );
}
