/** The places of the product: navigation, command menu and the keys `g ...` all read this list. */
import {
  AppstoreOutlined,
  AuditOutlined,
  ExperimentOutlined,
  ExportOutlined,
  FileTextOutlined,
  GiftOutlined,
  HomeOutlined,
  DatabaseOutlined,
  ImportOutlined,
  InboxOutlined,
  KeyOutlined,
  MailOutlined,
  MergeCellsOutlined,
  PartitionOutlined,
  RocketOutlined,
  SafetyCertificateOutlined,
  SendOutlined,
  SettingOutlined,
  TagsOutlined,
  StopOutlined,
  TeamOutlined,
  ThunderboltOutlined,
  UserOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";

export type PlaceName =
  | "cockpit"
  | "campaigns"
  | "reports"
  | "experiments"
  | "customers"
  | "segments"
  | "tags"
  | "events"
  | "imports"
  | "sources"
  | "destinations"
  | "dataQuality"
  | "identity"
  | "templates"
  | "offers"
  | "channels"
  | "deliveries"
  | "suppressions"
  | "demoInbox"
  | "people"
  | "apiKeys"
  | "settings"
  | "audit";

export interface Place {
  name: PlaceName;
  to: string;
  icon: ReactNode;
  /** Without this scope the place is not shown. */
  scope: string;
  /** The letter after `g`. */
  key?: string;
  /** Shown only while there is a demo company. */
  isDemo?: boolean;
}

export const GROUPS: { name: "work" | "people" | "messages" | "company"; places: Place[] }[] = [
  {
    name: "work",
    places: [
      { name: "cockpit", to: "/", icon: <HomeOutlined />, scope: "campaigns:read", key: "h" },
      { name: "campaigns", to: "/campaigns", icon: <RocketOutlined />, scope: "campaigns:read", key: "c" },
      { name: "reports", to: "/reports", icon: <FileTextOutlined />, scope: "campaigns:read", key: "r" },
      { name: "experiments", to: "/experiments", icon: <ExperimentOutlined />, scope: "campaigns:read", key: "x" },
    ],
  },
  {
    name: "people",
    places: [
      { name: "customers", to: "/customers", icon: <TeamOutlined />, scope: "customers:read", key: "p" },
      { name: "segments", to: "/segments", icon: <PartitionOutlined />, scope: "segments:read", key: "s" },
      { name: "tags", to: "/tags", icon: <TagsOutlined />, scope: "customers:read", key: "l" },
      { name: "events", to: "/events", icon: <ThunderboltOutlined />, scope: "customers:read", key: "e" },
      { name: "identity", to: "/identity", icon: <MergeCellsOutlined />, scope: "customers:read" },
      { name: "imports", to: "/imports", icon: <ImportOutlined />, scope: "imports:write", key: "i" },
      { name: "sources", to: "/sources", icon: <DatabaseOutlined />, scope: "customers:read", key: "u" },
      { name: "destinations", to: "/destinations", icon: <ExportOutlined />, scope: "customers:read" },
      { name: "dataQuality", to: "/data-quality", icon: <SafetyCertificateOutlined />, scope: "customers:read", key: "q" },
    ],
  },
  {
    name: "messages",
    places: [
      { name: "templates", to: "/templates", icon: <AppstoreOutlined />, scope: "content:read", key: "t" },
      { name: "offers", to: "/offers", icon: <GiftOutlined />, scope: "content:read", key: "o" },
      { name: "channels", to: "/channels", icon: <SendOutlined />, scope: "delivery:read", key: "m" },
      { name: "deliveries", to: "/deliveries", icon: <InboxOutlined />, scope: "delivery:read", key: "d" },
      { name: "suppressions", to: "/suppressions", icon: <StopOutlined />, scope: "customers:read", key: "b" },
      { name: "demoInbox", to: "/demo-inbox", icon: <MailOutlined />, scope: "delivery:read", isDemo: true },
    ],
  },
  {
    name: "company",
    places: [
      { name: "people", to: "/people", icon: <UserOutlined />, scope: "users:read" },
      { name: "apiKeys", to: "/api-keys", icon: <KeyOutlined />, scope: "keys:write" },
      { name: "settings", to: "/settings", icon: <SettingOutlined />, scope: "settings:read", key: "," },
      { name: "audit", to: "/audit", icon: <AuditOutlined />, scope: "audit:read", key: "a" },
    ],
  },
];

export const PLACES: Place[] = GROUPS.flatMap((group) => group.places);

