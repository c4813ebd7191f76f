/** Ctrl/⌘ K: one field for every record and every action. Arrow keys choose, Enter does it, Escape leaves. */
import { FileSearchOutlined, SearchOutlined } from "@ant-design/icons";
import { Input, Modal } from "antd";
import { useDeferredValue, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useCommands, type Command } from "./commands";
import "./command-menu.css";

interface Props {
  onClose: () => void;
  showKeys: () => void;
}

function fits(command: Command, words: string): boolean {
  const label = command.label.toLowerCase();
  return words.split(/\s+/).every((word) => label.includes(word));
}

/** Records that the server found, as commands that open them. */
function useRecords(words: string): Command[] {
  const { t } = useTranslation("site");
  const go = useNavigate();
  const found = api.useQuery("get", "/api/search", { params: { query: { q: words } } }, { enabled: words.length > 0, placeholderData: (last) => last });
  if (!words) return [];
  return (found.data?.items ?? []).map((hit) => ({
    id: `${hit.kind}-${hit.id}`,
    label: hit.label,
    detail: [t(`kind.${hit.kind}`), hit.kind === "campaign" ? t(`campaignState.${hit.detail}`) : hit.detail].filter(Boolean).join(" · "),
    icon: <FileSearchOutlined />,
    run: () => void go(hit.address),
  }));
}

function Row({ command, isChosen, onChoose, onRun }: { command: Command; isChosen: boolean; onChoose: () => void; onRun: () => void }) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field above holds the focus and takes the keys
    <div id={`command-${command.id}`} role="option" tabIndex={-1} aria-selected={isChosen} className="command" onMouseMove={onChoose} onClick={onRun} ref={(node) => { if (isChosen) node?.scrollIntoView({ block: "nearest" }); }}>
      <span className="command-icon" aria-hidden>{command.icon}</span>
      <span className="command-label">{command.label}</span>
      {command.detail && <span className="command-detail">{command.detail}</span>}
      {command.keys && <span className="command-keys">{command.keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</span>}
    </div>
  );
}

export default function CommandMenu({ onClose, showKeys }: Props) {
  const { t } = useTranslation("site");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const words = typed.trim().toLowerCase();
  const commands = useCommands(showKeys);
  const records = useRecords(useDeferredValue(words));
  // Commands stand first, because they are there at once: nothing may slip under the Enter key.
  const shown = [...(words ? commands.filter((command) => fits(command, words)) : commands), ...(words ? records : [])];
  const at = Math.min(chosen, Math.max(shown.length - 1, 0));
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setChosen((at + step + shown.length) % Math.max(shown.length, 1));
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) run(shown[at]);
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={620} className="command-menu" title={null} aria-label={t("command.title")}>
      <Input
        autoFocus
        variant="borderless"
        size="large"
        prefix={<SearchOutlined aria-hidden />}
        role="combobox"
        aria-label={t("command.field")}
        aria-expanded={shown.length > 0}
        aria-controls="commands"
        aria-activedescendant={shown[at] ? `command-${shown[at].id}` : undefined}
        placeholder={t("command.field")}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={pressed}
      />
      <div id="commands" role="listbox" aria-label={t("command.title")} className="commands">
        {shown.map((command, number) => (
          <Row key={command.id} command={command} isChosen={number === at} onChoose={() => setChosen(number)} onRun={() => run(command)} />
        ))}
      </div>
      {shown.length === 0 && <p className="commands-none">{t("command.none", { words: typed })}</p>}
    </Modal>
  );
}
