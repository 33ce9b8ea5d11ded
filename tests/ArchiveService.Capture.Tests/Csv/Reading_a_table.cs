using System.Text;
using ArchiveService.Capture.Csv;

namespace ArchiveService.Capture.Tests.Csv;

public sealed class Reading_a_table : IDisposable
{
    private const string Mapping = """
        {
          "separator": ";", "timeFormats": ["yyyy-MM-dd HH:mm"],
          "fields": {
            "nativeId": "Id", "kind": {"column": "Typ", "values": {"Kommentar": "comment", "Inlägg": "post"}}, "author.displayName": "Namn",
            "occurredAt": {"columns": ["Dag", "Tid"]}, "text": "Text", "audience": {"constant": "public"}
          }
        }
        """;

    private const string Header = "Id;Typ;Namn;Dag;Tid;Text";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-csv-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task maps_columns_constants_and_values_and_keeps_each_rows_own_bytes()
    {
        var row = "7;Kommentar;Nils Låtsasson;2026-03-01;12:30;\"Hej;\r\nrad två och \"\"citat\"\"\"";
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read($"{Header}\r\n{row}\r\n\r\n;;;;;\r\n", Mapping)));

        Assert.Equal(2, act.Place);
        Assert.Equal((ActKind.Create, ItemKind.Comment, Audience.Public, "7", "native"), (act.Act.Act, act.Act.Kind, act.Act.Audience, act.Act.NativeId, act.Act.IdKind));
        Assert.Equal("Hej;\r\nrad två och \"citat\"", act.Act.Text);
        Assert.Equal("Nils Låtsasson", act.Act.Author!.DisplayName);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 11, 30, 0, TimeSpan.Zero), act.Act.OccurredAt);
        Assert.Equal(Given.Utf8(row), act.Act.Raw.ToArray());
        Assert.Empty(act.Act.Flags);
    }

    [Fact]
    public async Task tells_line_column_and_reason_of_each_bad_row_and_takes_the_others()
    {
        var read = await Read(
            $"""
            {Header}
            1;Kommentar;A;2026-03-01;12:30;ett
            2;Kommentar;A;1 mars;12:30;två
            ;Kommentar;A;2026-03-01;12:30;tre
            4;Kommentar;A;2026-03-01;12:30
            5;Kommentar;A;2026-03-01;12:30;"fem" och mer
            6;Kommentar;A;1976-03-01;12:30;sex
            7;Kommentar;A;2026-03-01;12:30;sju
            """, Mapping);

        Assert.Equal([2L, 8L], read.OfType<ReadAct.Accepted>().Select(a => a.Place));
        var refused = read.OfType<ReadAct.Rejected>().ToList();
        Assert.Equal(
            [(3L, RefusalCodes.TimeUnreadable), (4L, RefusalCodes.NativeIdMissing), (5L, "csv-columns"), (6L, "csv-quote"), (7L, RefusalCodes.TimeOutOfRange)],
            refused.Select(r => (r.Place, r.Code)));
        Assert.Contains("column 4 \"Dag\" + 5 \"Tid\"", refused[0].Detail, StringComparison.Ordinal);
        Assert.Contains("column 1 \"Id\"", refused[1].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("1 mars", string.Join('\n', refused.Select(r => r.Detail)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task loses_only_the_row_with_a_quotation_mark_that_nothing_closes()
    {
        var read = await Read($"{Header}\n1;Kommentar;A;2026-03-01;12:30;\"öppen\n2;Kommentar;A;2026-03-01;12:30;två\n3;Kommentar;A;2026-03-01;12:30;tre", Mapping);

        Assert.Equal((2L, "csv-quote"), read.OfType<ReadAct.Rejected>().Select(r => (r.Place, r.Code)).Single());
        Assert.Equal([3L, 4L], read.OfType<ReadAct.Accepted>().Select(a => a.Place));
    }

    [Theory]
    [InlineData("=HYPERLINK(\"\"http://exempel.invalid\"\")")]
    [InlineData("+46 70 000 00 00")]
    [InlineData("@granvika")]
    [InlineData("-1")]
    public async Task takes_what_a_spreadsheet_would_compute_as_the_text_it_is(string cell) =>
        Assert.Equal(cell.Replace("\"\"", "\"", StringComparison.Ordinal), Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read($"{Header}\n1;Kommentar;A;2026-03-01;12:30;\"{cell}\"", Mapping))).Act.Text);

    [Fact]
    public async Task reads_windows_1252_with_a_comma_or_a_tab()
    {
        var latin = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read(
            latin.GetBytes("nr\ttext\r\n1\tRäksmörgås – €"), """{"encoding":"windows-1252","separator":"tab","fields":{"nativeId":"nr","kind":{"constant":"post"},"text":"text"}}"""))).Act;

        Assert.Equal("Räksmörgås – €", act.Text);
        Assert.Equal(latin.GetBytes("1\tRäksmörgås – €"), act.Raw.ToArray());
    }

    [Fact]
    public async Task flags_bytes_that_are_not_in_the_encoding_instead_of_losing_the_row()
    {
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read([.. "nativeId;kind;text\n1;post;"u8, 0xE5, 0x00], null))).Act;

        Assert.Equal("\uFFFD\uFFFD", act.Text);
        Assert.Equal([ActFlags.InvalidUtf8Replaced, ActFlags.NulReplaced], act.Flags);
        Assert.Equal([.. "1;post;"u8, 0xE5, 0x00], act.Raw.ToArray());
    }

    [Fact]
    public async Task needs_no_mapping_where_the_columns_are_called_what_the_fields_are()
    {
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read("NativeId;Act;Kind;Text;author.handle;occurredAt\n1;edit;post;Hej;nils;2026-03-01T12:00:00Z", null))).Act;

        Assert.Equal((ActKind.Edit, "nils", new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)), (act.Act, act.Author!.Handle, act.OccurredAt));
    }

    [Theory]
    [InlineData("2026-10-25 02:30", "2026-10-25T00:30:00Z", true)]
    [InlineData("2026-03-29 02:30", "2026-03-29T01:30:00Z", true)]
    [InlineData("2026-07-01", "2026-06-30T22:00:00Z", true)]
    [InlineData("2026-01-01 00:00", "2025-12-31T23:00:00Z", false)]
    [InlineData("2026-01-01T00:00:00.250", "2025-12-31T23:00:00.25Z", false)]
    public async Task takes_a_time_without_a_zone_as_swedish_and_flags_what_is_uncertain(string written, string utc, bool uncertain)
    {
        var later = DateTimeOffset.Parse("2027-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var act = Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read(Given.Utf8($"nativeId;kind;occurredAt\n1;post;{written}"), null, later))).Act;

        Assert.Equal(DateTimeOffset.Parse(utc, System.Globalization.CultureInfo.InvariantCulture), act.OccurredAt);
        Assert.Equal(uncertain, act.Flags.Contains(ActFlags.TimeUncertain));
    }

    [Fact]
    public async Task reads_unix_times_and_formats_with_a_zone()
    {
        const string Formats = """{"timeFormats":["unix-ms","ddd MMM dd HH:mm:ss zzz yyyy"],"fields":{"nativeId":"n","kind":{"constant":"post"},"occurredAt":"t"}}""";
        var read = await Read("n;t\n1;1770000000123\n2;Sat Feb 18 12:33:11 +0000 2023", Formats);

        Assert.Equal([1770000000123L, 1676723591000L], read.OfType<ReadAct.Accepted>().Select(a => a.Act.OccurredAt!.Value.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task makes_the_same_id_of_the_same_cells_where_the_file_has_none()
    {
        const string Made = """{"fields":{"nativeId":{"columns":["d","t"],"made":true},"kind":{"constant":"comment"},"text":"t"}}""";
        var (one, again) = (await Read("d;t\n2026-03-01;Hej\n2026-03-02;Hej", Made), await Read("t;d;ny\nHej;2026-03-01;x", Made));

        var ids = one.OfType<ReadAct.Accepted>().Select(a => a.Act.NativeId).ToList();
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(ids[0], Assert.IsType<ReadAct.Accepted>(Assert.Single(again)).Act.NativeId);
        Assert.All(one.OfType<ReadAct.Accepted>(), a => Assert.Equal(("synthetic", ActFlags.SyntheticId), (a.Act.IdKind, Assert.Single(a.Act.Flags))));
    }

    [Theory]
    [InlineData("a;b\n1;2", null, "csv-mapping")]
    [InlineData("a;b\n1;2", """{"fields":{"text":"a"}}""", "csv-mapping")]
    [InlineData("a;b\n1;2", """{"fields":{"nativeId":"c"}}""", "csv-column")]
    [InlineData("a;a\n1;2", """{"fields":{"nativeId":"a"}}""", "csv-column")]
    [InlineData("a;b\n1;2", """{"fields":{"nativeId":{"column":3}}}""", "csv-column")]
    [InlineData("", """{"fields":{"nativeId":"a"}}""", "csv-empty")]
    [InlineData("a;\"b\n1;2", """{"fields":{"nativeId":"a"}}""", "csv-quote")]
    public async Task refuses_a_file_that_the_mapping_does_not_fit(string file, string? mapping, string code) => Assert.Equal(code, (await Refused(Given.Utf8(file), mapping)).Code);

    [Fact]
    public async Task says_what_to_do_with_utf_16() => Assert.Equal("csv-encoding", (await Refused(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a;b\n1;2")).ToArray(), null)).Code);

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "not JSON: line 1")]
    [InlineData("""{"seperator":";"}""", "\"seperator\"")]
    [InlineData("""{"separator":"::"}""", "separator must be")]
    [InlineData("""{"encoding":"utf-7"}""", "utf-7")]
    [InlineData("""{"timeZone":"Svensk tid"}""", "Svensk tid")]
    [InlineData("""{"timeFormats":["%"]}""", "no format")]
    [InlineData("""{"skipLines":-1}""", "skipLines")]
    [InlineData("""{"fields":{"nativeID":"a"}}""", "\"nativeID\"")]
    [InlineData("""{"fields":{"nativeId":{}}}""", "needs either")]
    [InlineData("""{"fields":{"nativeId":{"column":"a","constant":"b"}}}""", "needs either")]
    [InlineData("""{"fields":{"nativeId":{"column":0}}}""", "its number from 1")]
    [InlineData("""{"fields":{"text":{"column":"a","made":true}}}""", "only nativeId")]
    [InlineData("""{"fields":{"kind":{"column":"a","values":{"x":1}}}}""", "must hold strings")]
    public void says_what_is_wrong_with_a_mapping(string json, string says) => Assert.Contains(says, CsvMapping.Read(Given.Utf8(json)).Problem, StringComparison.Ordinal);

    [Fact]
    public async Task passes_over_the_lines_before_the_header()
    {
        var read = await Read("Rapport \"från\ni går\nid,text\n1,Hej", """{"separator":",","skipLines":2,"fields":{"nativeId":"id","kind":{"constant":"post"},"text":"text"}}""");

        Assert.Equal((4L, "Hej"), (read[0].Place, Assert.IsType<ReadAct.Accepted>(Assert.Single(read)).Act.Text));
    }

    [Fact]
    public async Task reads_a_file_without_a_header_by_numbers()
    {
        var read = await Read("1;Hej\n2;Hopp", """{"header":false,"fields":{"nativeId":{"column":1},"kind":{"constant":"post"},"text":{"column":2}}}""");

        Assert.Equal(["Hej", "Hopp"], read.OfType<ReadAct.Accepted>().Select(a => a.Act.Text));
    }

    [Fact]
    public async Task holds_no_more_than_a_row_of_a_long_file_and_survives_any_bytes()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(0, 400)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)"\";\n\r1a"[random.Next(6)];
            _ = await Read([.. "nativeId;kind\n"u8, .. bytes], null);
        }

        var long1 = await Read($"nativeId;text\n1;\"{new string('x', CaptureLimits.MaxLineBytes)}\"\n2;Hej", null);
        Assert.Equal((RefusalCodes.LineTooLong, 2L), long1 is [ReadAct.Rejected(_, var code, _), ReadAct.Accepted] ? (code, 2L) : ("", 0));
    }

    private Task<List<ReadAct>> Read(string file, string? mapping) => Read(Given.Utf8(file), mapping);

    private async Task<List<ReadAct>> Read(byte[] file, string? mapping, DateTimeOffset? now = null)
    {
        var opened = Assert.IsType<ImportOpened.Ready>(await Open(file, mapping));
        await using var import = opened.File;
        return await import.ReadActs(now ?? Given.Now, default).ToListAsync();
    }

    private async Task<ImportOpened.Refused> Refused(byte[] file, string? mapping) => Assert.IsType<ImportOpened.Refused>(await Open(file, mapping));

    private async Task<ImportOpened> Open(byte[] file, string? mapping)
    {
        var path = Path.Combine(folder.FullName, Guid.CreateVersion7().ToString("N"));
        await File.WriteAllBytesAsync(path, file);
        if (mapping is null) return await CsvImport.Form.Open(path, default);
        var (read, problem) = CsvMapping.Read(Given.Utf8(mapping));
        Assert.Null(problem);
        return await CsvImport.With(read!).Open(path, default);
    }
}
