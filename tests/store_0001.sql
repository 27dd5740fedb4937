-- A store as biaoti 0.1.0 made it (schema 0001), in words that SQLite and PostgreSQL both take.
-- Never change this file: it stands for the files that users have.
CREATE TABLE biaoti_schema (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE imports (
    id SERIAL PRIMARY KEY,
    digest TEXT NOT NULL, name TEXT NOT NULL, category TEXT NOT NULL,
    period_start TEXT NOT NULL, period_end TEXT NOT NULL,
    first_day TEXT NOT NULL, last_day TEXT NOT NULL,
    imported_at TEXT NOT NULL, version TEXT NOT NULL,
    read INTEGER NOT NULL, kept INTEGER NOT NULL, merged INTEGER NOT NULL, rejected INTEGER NOT NULL,
    CONSTRAINT imports_once UNIQUE (digest, category, period_start, period_end)
);
CREATE TABLE observations (
    import_id INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    keyword TEXT NOT NULL, period_start TEXT NOT NULL, period_end TEXT NOT NULL,
    source TEXT NOT NULL,
    demand_index_low DOUBLE PRECISION,
    demand_index_high DOUBLE PRECISION,
    impressions_low DOUBLE PRECISION,
    impressions_high DOUBLE PRECISION,
    clicks_low DOUBLE PRECISION,
    clicks_high DOUBLE PRECISION,
    orders_low DOUBLE PRECISION,
    orders_high DOUBLE PRECISION,
    click_through_rate_low DOUBLE PRECISION,
    click_through_rate_high DOUBLE PRECISION,
    conversion_rate_low DOUBLE PRECISION,
    conversion_rate_high DOUBLE PRECISION,
    supply_low DOUBLE PRECISION,
    supply_high DOUBLE PRECISION,
    tmall_share_low DOUBLE PRECISION,
    tmall_share_high DOUBLE PRECISION,
    cost_per_click_low DOUBLE PRECISION,
    cost_per_click_high DOUBLE PRECISION,
    cost_low DOUBLE PRECISION,
    cost_high DOUBLE PRECISION,
    PRIMARY KEY (import_id, keyword, period_start, period_end)
);
INSERT INTO biaoti_schema VALUES ('0001');
INSERT INTO imports VALUES
    (1, 'aa', '五月.csv', '女装>连衣裙', '', '', '2026-05-01', '2026-05-31', '2026-06-01T08:00:00+08:00', '0.1.0', 3, 2, 1, 0),
    (3, 'bb', '六月.csv', '', '', '', '2026-06-01', '2026-06-30', '2026-07-01T08:00:00+08:00', '0.1.0', 2, 2, 0, 0);
INSERT INTO observations (import_id, keyword, period_start, period_end, source, demand_index_low, demand_index_high, impressions_low, impressions_high, click_through_rate_low, click_through_rate_high) VALUES
    (1, '法式连衣裙', '2026-05-01', '2026-05-31', '五月.csv', 5000, 10000, 1234567.891, 1234567.891, 0.0333, 0.0333),
    (1, '碎花裙', '2026-05-01', '2026-05-31', '五月.csv', 7, 7, NULL, NULL, NULL, NULL),
    (3, '法式连衣裙', '2026-06-01', '2026-06-30', '六月.csv', 9, 9, 10, 10, NULL, NULL),
    (3, '连衣裙', '', '', '六月.csv', NULL, NULL, 4, 4, 0.5, 0.5);
