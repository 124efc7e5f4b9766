"""The queries of the Nexmark benchmark: what kns runs, and what DuckDB says the result is.

Each is what the benchmark asks for, in the words of each of the two. DuckDB computes over the whole file at once; what kns gave, with all
that it took back, has to be the same rows.
"""

TABLES = """
CREATE TABLE events (
    event_type INT,
    person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
    auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3),
                expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
    bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
    `dateTime` AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
    WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '%(events)s', 'format' = 'json');
CREATE VIEW person AS SELECT person.id, person.name, person.emailAddress, person.creditCard, person.city, person.state, `dateTime`, person.extra
    FROM events WHERE event_type = 0;
CREATE VIEW auction AS SELECT auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, `dateTime`, auction.expires,
    auction.seller, auction.category, auction.extra FROM events WHERE event_type = 1;
CREATE VIEW bid AS SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, `dateTime`, bid.extra FROM events WHERE event_type = 2;
CREATE TABLE side (`key` BIGINT, `value` STRING) WITH ('connector' = 'filesystem', 'path' = '%(side)s', 'format' = 'csv');
"""

DUCKDB_TABLES = """
SET integer_division = true; SET threads = 1;
CREATE TABLE events AS SELECT * FROM read_json('%(events)s', format = 'newline_delimited', columns = {event_type: 'INT',
    person: 'STRUCT(id BIGINT, name VARCHAR, emailAddress VARCHAR, creditCard VARCHAR, city VARCHAR, state VARCHAR, dateTime TIMESTAMP, extra VARCHAR)',
    auction: 'STRUCT(id BIGINT, itemName VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT, dateTime TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra VARCHAR)',
    bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, dateTime TIMESTAMP, extra VARCHAR)'});
CREATE VIEW person AS SELECT person.* FROM events WHERE event_type = 0;
CREATE VIEW auction AS SELECT auction.* FROM events WHERE event_type = 1;
CREATE TABLE bid AS SELECT bid.*, row_number() OVER () AS n FROM events WHERE event_type = 2;
CREATE VIEW side AS SELECT * FROM read_csv('%(side)s', columns = {key: 'BIGINT', value: 'VARCHAR'});
CREATE MACRO tumble(t) AS time_bucket(INTERVAL 10 SECONDS, t, TIMESTAMP '1970-01-01');
CREATE VIEW hops AS SELECT *, unnest(generate_series(time_bucket(INTERVAL 2 SECONDS, dateTime, TIMESTAMP '1970-01-01') - INTERVAL 8 SECONDS,
    time_bucket(INTERVAL 2 SECONDS, dateTime, TIMESTAMP '1970-01-01'), INTERVAL 2 SECONDS)) AS start FROM bid;
"""

COUNTS = """count(*), count(*) FILTER (WHERE price < 10000), count(*) FILTER (WHERE price >= 10000 AND price < 1000000), count(*) FILTER (WHERE price >= 1000000)"""
DISTINCTS = ", ".join(
    f"count(DISTINCT {column})" + ("" if not condition else f" FILTER (WHERE {condition})")
    for column in ("bidder", "auction")
    for condition in ("", "price < 10000", "price >= 10000 AND price < 1000000", "price >= 1000000"))
WON = "auction A, bid B WHERE A.id = B.auction AND B.`dateTime` BETWEEN A.`dateTime` AND A.expires"
CHANNEL = "regexp_extract(url, '(&|^)channel_id=([^&]*)', 2)"

# name: (kns, DuckDB); None: the same text, without back quotes.
QUERIES = {
    "q0": ("SELECT auction, bidder, price, `dateTime`, extra FROM bid", None),
    "q1": ("SELECT auction, bidder, 0.908 * price, `dateTime`, extra FROM bid",
           "SELECT auction, bidder, 0.908::DECIMAL(4,3) * price::DECIMAL(19,0), dateTime, extra FROM bid"),
    "q2": ("SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0", None),
    "q3": ("SELECT P.name, P.city, P.state, A.id FROM auction A JOIN person P ON A.seller = P.id WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')", None),
    "q4": (f"SELECT category, AVG(final) FROM (SELECT MAX(B.price) AS final, A.category FROM {WON} GROUP BY A.id, A.category) GROUP BY category",
           "SELECT category, CAST(trunc(sum(final) / count(*)) AS BIGINT) FROM (SELECT MAX(B.price) AS final, A.category FROM "
           + WON.replace("`", "") + " GROUP BY A.id, A.category) GROUP BY category"),
    "q5": ("""SELECT X.auction, X.num FROM
        (SELECT auction, COUNT(*) AS num, window_start AS s, window_end AS e FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
         GROUP BY auction, window_start, window_end) X
        JOIN (SELECT MAX(num) AS most, s, e FROM (SELECT COUNT(*) AS num, window_start AS s, window_end AS e
            FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end) GROUP BY s, e) Y
        ON X.s = Y.s AND X.e = Y.e AND X.num >= Y.most""",
           """WITH c AS (SELECT auction, start, count(*) AS num FROM hops GROUP BY ALL), m AS (SELECT start, max(num) AS most FROM c GROUP BY ALL)
        SELECT auction, num FROM c JOIN m USING (start) WHERE num >= most"""),
    "q7": ("""SELECT B.auction, B.price, B.bidder, B.`dateTime`, B.extra FROM bid B JOIN
        (SELECT MAX(price) AS most, window_end AS e FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) GROUP BY window_start, window_end) M
        ON B.price = M.most WHERE B.`dateTime` BETWEEN M.e - INTERVAL '10' SECOND AND M.e""",
           """WITH m AS (SELECT max(price) AS most, tumble(dateTime) + INTERVAL 10 SECONDS AS e FROM bid GROUP BY tumble(dateTime))
        SELECT auction, price, bidder, dateTime, extra FROM bid JOIN m ON price = most WHERE dateTime BETWEEN e - INTERVAL 10 SECONDS AND e"""),
    "q8": ("""SELECT P.id, P.name, P.s FROM
        (SELECT id, name, window_start AS s, window_end AS e FROM TABLE(TUMBLE(TABLE person, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND)) GROUP BY id, name, window_start, window_end) P
        JOIN (SELECT seller, window_start AS s, window_end AS e FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
            GROUP BY seller, window_start, window_end) A ON P.id = A.seller AND P.s = A.s AND P.e = A.e""",
           """SELECT DISTINCT P.id, P.name, tumble(P.dateTime) FROM person P JOIN auction A ON P.id = A.seller AND tumble(P.dateTime) = tumble(A.dateTime)"""),
    "q9": (f"""SELECT id, itemName, reserve, opened, auction, bidder, price, bid_time FROM
        (SELECT A.id, A.itemName, A.reserve, A.`dateTime` AS opened, B.auction, B.bidder, B.price, B.`dateTime` AS bid_time,
            ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.`dateTime`) AS n FROM {WON}) WHERE n <= 1""",
           """SELECT A.id, A.itemName, A.reserve, A.dateTime, B.auction, B.bidder, B.price, B.dateTime FROM """ + WON.replace("`", "") +
           """ QUALIFY row_number() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.dateTime, B.n) = 1"""),
    "q10": ("SELECT auction, bidder, price, `dateTime`, extra, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), DATE_FORMAT(`dateTime`, 'HH:mm') FROM bid",
            "SELECT auction, bidder, price, dateTime, extra, strftime(dateTime, '%Y-%m-%d'), strftime(dateTime, '%H:%M') FROM bid"),
    "q11": ("""SELECT bidder, COUNT(*), SESSION_START(`dateTime`, INTERVAL '1' SECOND), SESSION_END(`dateTime`, INTERVAL '1' SECOND) FROM bid
        GROUP BY bidder, SESSION(`dateTime`, INTERVAL '1' SECOND)""",
            """WITH l AS (SELECT bidder, dateTime, CASE WHEN dateTime > lag(dateTime) OVER w + INTERVAL 1 SECOND THEN 1 ELSE 0 END AS new FROM bid WINDOW w AS (PARTITION BY bidder ORDER BY dateTime)),
        s AS (SELECT bidder, dateTime, sum(new) OVER (PARTITION BY bidder ORDER BY dateTime ROWS UNBOUNDED PRECEDING) AS n FROM l)
        SELECT bidder, count(*), min(dateTime), max(dateTime) + INTERVAL 1 SECOND FROM s GROUP BY bidder, n"""),
    # By the clock: how many windows there are is the machine's business, how many bids are in them is not.
    "q12": ("""SELECT bidder, SUM(n) FROM (SELECT bidder, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE (SELECT *, PROCTIME() AS p FROM bid), DESCRIPTOR(p), INTERVAL '10' SECOND))
        GROUP BY bidder, window_start, window_end) GROUP BY bidder""", "SELECT bidder, count(*) FROM bid GROUP BY bidder"),
    "q13": ("""SELECT B.auction, B.bidder, B.price, B.`dateTime`, S.`value` FROM (SELECT *, PROCTIME() AS p FROM bid) B
        JOIN side FOR SYSTEM_TIME AS OF B.p AS S ON MOD(B.auction, 10000) = S.`key`""",
            "SELECT auction, bidder, price, dateTime, value FROM bid JOIN side ON auction % 10000 = key"),
    "q14": ("""SELECT auction, bidder, 0.908 * price, CASE WHEN HOUR(`dateTime`) >= 8 AND HOUR(`dateTime`) <= 18 THEN 'dayTime'
        WHEN HOUR(`dateTime`) <= 6 OR HOUR(`dateTime`) >= 20 THEN 'nightTime' ELSE 'otherTime' END, COUNT_CHAR(extra, 'c') FROM bid
        WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000""",
            """SELECT auction, bidder, 0.908::DECIMAL(4,3) * price::DECIMAL(19,0), CASE WHEN hour(dateTime) BETWEEN 8 AND 18 THEN 'dayTime'
        WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime' ELSE 'otherTime' END, length(extra) - length(replace(extra, 'c', '')) FROM bid
        WHERE 0.908::DECIMAL(4,3) * price::DECIMAL(19,0) BETWEEN 1000000.001 AND 49999999.999"""),
    "q15": (f"SELECT DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), {COUNTS}, {DISTINCTS} FROM bid GROUP BY DATE_FORMAT(`dateTime`, 'yyyy-MM-dd')",
            f"SELECT strftime(dateTime, '%Y-%m-%d'), {COUNTS}, {DISTINCTS} FROM bid GROUP BY 1"),
    "q16": (f"SELECT channel, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), MAX(DATE_FORMAT(`dateTime`, 'HH:mm')), {COUNTS}, {DISTINCTS} FROM bid "
            "GROUP BY channel, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd')",
            f"SELECT channel, strftime(dateTime, '%Y-%m-%d'), max(strftime(dateTime, '%H:%M')), {COUNTS}, {DISTINCTS} FROM bid GROUP BY 1, 2"),
    "q17": (f"SELECT auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd'), {COUNTS}, MIN(price), MAX(price), AVG(price), SUM(price) FROM bid "
            "GROUP BY auction, DATE_FORMAT(`dateTime`, 'yyyy-MM-dd')",
            f"SELECT auction, strftime(dateTime, '%Y-%m-%d'), {COUNTS}, min(price), max(price), sum(price)::BIGINT / count(*), sum(price) FROM bid GROUP BY 1, 2"),
    "q18": ("""SELECT auction, bidder, price, channel, url, `dateTime`, extra FROM
        (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY `dateTime` DESC) AS r FROM bid) WHERE r <= 1""",
            """SELECT auction, bidder, price, channel, url, dateTime, extra FROM bid
        QUALIFY row_number() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC, n DESC) = 1"""),
    "q19": ("SELECT auction, bidder, price, url, r FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS r FROM bid) WHERE r <= 10",
            "SELECT auction, bidder, price, url, row_number() OVER (PARTITION BY auction ORDER BY price DESC, n) AS r FROM bid QUALIFY r <= 10"),
    "q20": ("""SELECT auction, bidder, price, channel, url, B.`dateTime`, itemName, initialBid, A.`dateTime`, expires, seller, category
        FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10""", None),
    "q21": (f"""SELECT auction, bidder, price, channel, CASE LOWER(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3'
        ELSE {CHANNEL} END FROM bid WHERE {CHANNEL} IS NOT NULL OR LOWER(channel) IN ('apple', 'google', 'facebook', 'baidu')""",
            f"""SELECT auction, bidder, price, channel, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3'
        ELSE {CHANNEL} END FROM bid WHERE {CHANNEL} <> '' OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')"""),
    "q22": ("SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3), SPLIT_INDEX(url, '/', 4), SPLIT_INDEX(url, '/', 5) FROM bid",
            "SELECT auction, bidder, price, channel, split_part(url, '/', 4), split_part(url, '/', 5), split_part(url, '/', 6) FROM bid"),
    "q23": ("""SELECT bidder, price, channel, P.id, name, city, itemName, initialBid, A.`dateTime`, seller, category
        FROM bid B JOIN person P ON P.id = B.bidder JOIN auction A ON A.seller = B.bidder WHERE MOD(price, 7) = 0""", None),
}

# Patterns of the benchmark's bids by auction and bidder. What they find is computed below, bid after bid, for each bid that a match can
# begin with: a variable takes what it can, then the next one has to take the next bid.
PATTERN = """SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY auction, bidder ORDER BY `dateTime` MEASURES %s ONE ROW PER MATCH
    AFTER MATCH SKIP %s PATTERN (%s) %s DEFINE %s)"""
PATTERNS = {
    "falls": PATTERN % ("S.`dateTime` AS s, LAST(D.`dateTime`) AS d, LAST(U.`dateTime`) AS u", "TO LAST U", "S D+ U", "",
                        "D AS (LAST(D.price, 1) IS NULL AND D.price < S.price) OR D.price < LAST(D.price, 1), U AS U.price > LAST(D.price, 1)"),
    "cheap": PATTERN % ("FIRST(A.`dateTime`) AS s, LAST(A.`dateTime`) AS e, AVG(A.price) AS p", "PAST LAST ROW", "A+ B", "", "A AS AVG(A.price) < 10000"),
    "cheap from each": PATTERN % ("FIRST(A.`dateTime`) AS s, LAST(A.`dateTime`) AS e, AVG(A.price) AS p", "TO NEXT ROW", "A+ B", "", "A AS AVG(A.price) < 10000"),
    "drop": PATTERN % ("C.`dateTime` AS t, A.price - C.price AS p", "PAST LAST ROW", "A B* C", "WITHIN INTERVAL '5' SECOND",
                       "B AS B.price > A.price - 50, C AS C.price < A.price - 50"),
}


OPEN = "the bids end before it is known whether this becomes a match"


def matches(name, bids):
    """The measures of each match, of one auction and bidder. As in Flink, none is told while an earlier one may still come of it."""
    found, start = [], 0
    while start < len(bids):
        made = MATCHERS[name](bids, start)
        if made == OPEN:
            break
        if made:
            found.append(made[0])
        start = made[1] if made else start + 1
    return found


# Each gives nothing, or the measures and where the next match may begin.
def falls(bids, start):
    at, last = start + 1, []
    while at < len(bids) and bids[at][0] < (last[-1] if last else bids[start])[0]:
        last.append(bids[at])
        at += 1
    if at >= len(bids):
        return OPEN
    # LAST(D.price, 1) in U's condition: D's last but one, for the bid that is tested is no D.
    if len(last) < 2 or not bids[at][0] > last[-2][0]:
        return None
    return (bids[start][1], last[-1][1], bids[at][1]), at


def cheap(bids, start):
    at, total = start, 0
    while at < len(bids) and (total + bids[at][0]) // (at - start + 1) < 10000:
        total += bids[at][0]
        at += 1
    if at >= len(bids):
        return OPEN
    return ((bids[start][1], bids[at - 1][1], total // (at - start)), at + 1) if at > start else None


def cheap_from_each(bids, start):
    made = cheap(bids, start)
    return (made[0], start + 1) if made and made != OPEN else made


def drop(bids, start):
    from datetime import timedelta

    at = start + 1
    while at < len(bids) and bids[at][1] - bids[start][1] < timedelta(seconds=5):
        if not bids[at][0] > bids[start][0] - 50:
            return ((bids[at][1], bids[start][0] - bids[at][0]), at + 1) if bids[at][0] < bids[start][0] - 50 else None
        at += 1
    return None


MATCHERS = {"falls": falls, "cheap": cheap, "cheap from each": cheap_from_each, "drop": drop}
