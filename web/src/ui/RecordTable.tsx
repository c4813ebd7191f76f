/**
 * The table of every list: sticky head, column choice, bulk bar, export, keyboard (j/k to move, x to select, Enter to open).
 * Filters are given by the page; reading more is a cursor. On a phone each row is a card: its first column above the others,
 * each with its name, and the order is chosen from a list.
 */
import { DownloadOutlined, SettingOutlined, SortAscendingOutlined } from "@ant-design/icons";
import { Button, Checkbox, Dropdown, Popover, Table, type TableColumnType } from "antd";
import { useRef, useState, type Key, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorNote } from "./States";
import { useIsDesk } from "./useIsDesk";
import "./record-table.css";

export interface Column<Row> extends Omit<TableColumnType<Row>, "key" | "title"> {
  key: string;
  title: string;
  /** Hidden until the person chooses it. */
  isOptional?: boolean;
}

interface Props<Row> {
  /** Names the table to screen readers and keys what is kept of it. */
  name: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row) => Key;
  error?: unknown;
  isLoading?: boolean;
  onOpen?: (row: Row) => void;
  /** Where a row leads: makes the first column a link in every sense. */
  filters?: ReactNode;
  /** An address that answers with CSV. */
  exportTo?: string | undefined;
  /** Shown while rows are selected; gets the selected keys. */
  bulk?: (keys: Key[], clear: () => void) => ReactNode;
  /** Columns shown, where the page keeps them (`/api/me/preferences/...`). */
  shown?: string[] | undefined;
  onShown?: (keys: string[]) => void;
  hasMore?: boolean;
  onMore?: () => void;
  /** "1,234 customers", under the table. */
  count?: ReactNode;
  empty: { title: string; text: ReactNode; action?: ReactNode };
  onSort?: (key: string, direction: "asc" | "desc" | null) => void;
}

export function RecordTable<Row extends object>(props: Props<Row>) {
  const { t } = useTranslation("ui");
  const [selected, setSelected] = useState<Key[]>([]);
  const [ownShown, setOwnShown] = useState<string[]>();
  const body = useRef<HTMLDivElement>(null);
  const shown = props.shown ?? ownShown ?? props.columns.filter((c) => !c.isOptional).map((c) => c.key);
  const isDesk = useIsDesk();
  const columns = props.columns.filter((column) => shown.includes(column.key)).map((column) => (isDesk ? column : asLine(column)));
  const choose = (keys: string[]) => (props.onShown ?? setOwnShown)(keys);
  if (props.error !== undefined && props.error !== null && !props.rows) return <ErrorNote error={props.error} />;
  const isEmpty = props.rows?.length === 0 && !props.isLoading;
  return (
    <div className="record-table" data-cards={!isDesk}>
      <div className="record-table-bar">
        <div className="record-table-filters">{selected.length > 0 && props.bulk ? props.bulk(selected, () => setSelected([])) : props.filters}</div>
        <div className="record-table-tools">
          {!isDesk && props.onSort && <SortMenu columns={columns} onSort={props.onSort} />}
          {props.columns.length > 3 && (
            <Popover trigger="click" placement="bottomRight" content={<ColumnChoice columns={props.columns} shown={shown} onChange={choose} />}>
              <Button type="text" icon={<SettingOutlined />} aria-label={t("table.columns")} title={t("table.columns")} />
            </Popover>
          )}
          {props.exportTo !== undefined && (
            <Button type="text" icon={<DownloadOutlined />} href={props.exportTo} download aria-label={t("table.export")} title={t("table.export")} />
          )}
        </div>
      </div>
      {isEmpty ? (
        <EmptyState title={props.empty.title} action={props.empty.action}>
          {props.empty.text}
        </EmptyState>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- moves between rows, which are the focusable parts
        <div ref={body} onKeyDown={(event) => onRowKey(event, body.current)}>
          <Table<Row>
            aria-label={props.name}
            size="small"
            columns={columns as TableColumnType<Row>[]}
            dataSource={props.rows ?? []}
            rowKey={props.rowKey}
            loading={props.rows === undefined || props.isLoading === true}
            pagination={false}
            sticky={isDesk}
            showHeader={isDesk}
            {...(isDesk && { scroll: { x: "max-content" } })}
            {...(props.bulk && {
              rowSelection: {
                selectedRowKeys: selected,
                onChange: setSelected,
                columnWidth: 40,
                getTitleCheckboxProps: () => ({ "aria-label": t("table.selectAll") }),
                getCheckboxProps: () => ({ "aria-label": t("table.select") }),
              },
            })}
            onRow={(row) => ({
              tabIndex: 0,
              onClick: (event) => isPlainClick(event.target) && props.onOpen?.(row),
              onKeyDown: (event) => event.key === "Enter" && event.target === event.currentTarget && props.onOpen?.(row),
              className: props.onOpen ? "record-table-opens" : "",
            })}
            onChange={(_page, _filters, sorter) => {
              const one = Array.isArray(sorter) ? sorter[0] : sorter;
              const direction = one?.order === "ascend" ? "asc" : one?.order === "descend" ? "desc" : null;
              if (one?.columnKey !== undefined) props.onSort?.(String(one.columnKey), direction);
            }}
          />
        </div>
      )}
      {!isEmpty && (
        <div className="record-table-foot">
          <span>{props.count}</span>
          {props.hasMore && (
            <Button size="small" onClick={props.onMore} loading={props.isLoading ?? false}>
              {t("table.more")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** A column as a line of a card: it has the whole width, and says its name. */
function asLine<Row>({ width: _width, fixed: _fixed, ellipsis: _ellipsis, ...column }: Column<Row>): Column<Row> {
  return { ...column, onCell: (row, index) => ({ ...column.onCell?.(row, index), "data-label": column.title }) as object };
}

function SortMenu<Row>({ columns, onSort }: { columns: Column<Row>[]; onSort: NonNullable<Props<Row>["onSort"]> }) {
  const { t } = useTranslation("ui");
  const ways = columns.filter((column) => column.sorter).flatMap((column) => [
    { key: `asc ${column.key}`, label: t("table.sortUp", { column: column.title }) },
    { key: `desc ${column.key}`, label: t("table.sortDown", { column: column.title }) },
  ]);
  if (ways.length === 0) return null;
  const onClick = ({ key }: { key: string }) => {
    const [direction, ...name] = key.split(" ");
    onSort(name.join(" "), direction === "asc" ? "asc" : "desc");
  };
  return (
    <Dropdown trigger={["click"]} menu={{ items: ways, onClick }}>
      <Button type="text" icon={<SortAscendingOutlined />} aria-label={t("table.sort")} title={t("table.sort")} />
    </Dropdown>
  );
}

function isPlainClick(target: EventTarget): boolean {
  return target instanceof Element && !target.closest("a, button, input, label, .ant-checkbox-wrapper, .ant-table-selection-column");
}

function onRowKey(event: KeyboardEvent, body: HTMLElement | null): void {
  if (!body || !(event.target instanceof HTMLElement) || event.target.closest("input, textarea")) return;
  const row = event.target.closest("tr");
  if (event.key === "x") row?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const rows = [...body.querySelectorAll<HTMLElement>("tbody tr[tabindex]")];
  rows[Math.max(rows.indexOf(row as HTMLElement) + step, 0)]?.focus();
  event.preventDefault();
}

function ColumnChoice<Row>({ columns, shown, onChange }: { columns: Column<Row>[]; shown: string[]; onChange: (keys: string[]) => void }) {
  const options = columns.map((column) => ({ value: column.key, label: column.title }));
  return <Checkbox.Group className="column-choice" options={options} value={shown} onChange={(keys) => keys.length > 0 && onChange(keys)} />;
}
