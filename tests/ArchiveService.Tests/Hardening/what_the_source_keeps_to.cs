using System.IO.Compression;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Features.Disclosures;
using Xunit;

namespace ArchiveService.Tests.Hardening;

/// <summary>What an attack needs is not in the source, or stands where somebody has thought about it.</summary>
public sealed class The_source
{
    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return at.FullName;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }

    private static IEnumerable<(string File, string Line)> Lines(string pattern)
    {
        var source = Path.Combine(Root(), "src");
        return Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".cshtml", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/node_modules/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Where(line => Regex.IsMatch(line, pattern, RegexOptions.None, TimeSpan.FromSeconds(5))).Select(line => (Path.GetRelativePath(source, f).Replace('\\', '/'), line.Trim())));
    }

    private static void Only(string pattern, params (string File, string Why)[] known)
    {
        var strange = Lines(pattern).Where(found => !known.Any(k => found.File.Contains(k.File, StringComparison.Ordinal))).Select(found => $"{found.File}: {found.Line}").ToList();
        Assert.True(strange.Count == 0, string.Join('\n', strange));
    }

    /// <summary>The driver lends its readers out again: one that is disposed a second time may be somebody else's by then, who waits for ever.</summary>
    [Fact]
    public void disposes_no_reader_that_is_disposed_at_the_end_anyhow() => Assert.Empty(Lines(@"\brows?\.Dispose(Async)?\(\)"));

    [Fact]
    public void opens_connections_outwards_only_through_the_guard_or_to_where_the_operator_said() => Only(
        @"new HttpClient\(|new SocketsHttpHandler|new HttpClientHandler|HttpClient \w+ = new\(|AddHttpClient|new TcpClient|new ClientWebSocket|WebRequest\.Create",
        ("Http/GuardedHttp.cs", "the guard"), ("Snapshots/Pictures/PageFetch.cs", "examines each address itself, by GuardedHttp.Allows, for a browser"),
        ("Evidence/Timestamps.cs", "to Evidence__Tsa, which the operator sets"), ("Evidence/Witnesses.cs", "to the witnesses that the operator sets"), ("Outgoing/ExternalDiary.cs", "to the diary that the operator sets"),
        ("Media/ClamdClient.cs", "to the virus scanner that the operator sets"), ("Access/Oidc/", "to the issuer that the operator sets"));

    [Fact]
    public void reads_XML_from_outside_without_document_types()
    {
        Assert.All(Lines(@"XmlReader\.Create|new XmlTextReader"), found => Assert.Contains("DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null", found.Line, StringComparison.Ordinal));
        Only(@"new XmlDocument|XmlSerializer|XslCompiledTransform|XPathNavigator|XElement\.(Parse|Load)|XDocument\.(Parse|Load)",
            ("Access/WebKeys.cs", "its own sealed rows"), ("Disclosures/OfficeFile.cs", "from a reader made as above"));
    }

    [Fact]
    public void makes_no_object_of_a_kind_that_the_sender_chooses() => Only(
        @"BinaryFormatter|NetDataContractSerializer|LosFormatter|SoapFormatter|ObjectStateFormatter|TypeNameHandling|JsonPolymorphic|Type\.GetType\(|Activator\.CreateInstance\(|Assembly\.Load");

    [Fact]
    public void runs_no_code_that_is_made_of_text() => Only(@"CSharpScript|\bDynamicMethod\b|\beval\(|new Function\(|\.Compile\(\)", ("Export/ArchiveExport.cs", "an expression of its own"));

    [Fact]
    public void writes_no_markup_but_its_own() => Only(@"Html\.Raw|new HtmlString\(|SetHtmlContent|AppendHtml\(",
        ("Features/_Parts/", "parts of our own, whose text goes through the encoder"), ("FormDrafts/FormOwnerTagHelper.cs", "a hidden field, encoded"), ("Help/ChapterPage.cshtml", "the handbook that stands in the program"));

    [Fact]
    public void has_no_inline_script_style_or_handler_in_its_pages()
    {
        Assert.DoesNotContain(Lines(@"<script(?![^>]*\bsrc)[^>]*>|<style[ >]|\bstyle=""|\bon(click|load|error|change|submit|input|focus|blur|mouse\w+|key\w+)=|javascript:"), found => found.File.EndsWith(".cshtml", StringComparison.Ordinal));
    }

    [Fact]
    public void asks_nothing_of_other_hosts_in_its_pages_and_sheets()
    {
        // A link that somebody has to follow is no request of ours: the supervisory authority's address, which the statement has to have (lagen 2018:1937).
        Assert.DoesNotContain(Lines(@"(src|href|action|poster|srcset)=""(https?:)?//"), found => found.File.EndsWith(".cshtml", StringComparison.Ordinal) && !found.Line.Contains("<a href=\"https://www.digg.se/", StringComparison.Ordinal));
        foreach (var sheet in Directory.EnumerateFiles(Path.Combine(Root(), "src", "ArchiveService", "wwwroot"), "*.css"))
            Assert.DoesNotMatch(@"@import|url\(\s*['""]?(https?:)?//|expression\(", File.ReadAllText(sheet));
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Root(), "src", "ArchiveService", "wwwroot"), "*.js"))
            Assert.DoesNotMatch(@"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|postMessage|(local|session)Storage|https?://", File.ReadAllText(script));
    }
}

public sealed class Every_pattern
{
    private static IEnumerable<(string Name, Regex Pattern)> Patterns() =>
        from assembly in new[] { typeof(Features.Pages).Assembly, typeof(ArchiveService.Capture.CaptureLimits).Assembly }
        from type in assembly.GetTypes()
        from property in type.GetProperties(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where property.GetCustomAttribute<GeneratedRegexAttribute>() is not null
        select ($"{type.Name}.{property.Name}", (Regex)property.GetValue(null)!);

    /// <summary>What makes a pattern go back and try again.</summary>
    private static IEnumerable<string> Hostile(int length) =>
        from unit in new[] { "a", "1", " ", "aA", "a.", "a-", "1 ", "1-", "@a", "a@", "/", "\"", "[", "(", "<", "-", "ö", "A ", "Aa ", "0 0", "x:", "P1", "år ", "'" }
        from end in new[] { "", "!", "\n", "é" }
        select string.Concat(Enumerable.Repeat(unit, length / unit.Length)) + end;

    [Fact]
    public void gives_up_at_last()
    {
        Assert.NotEmpty(Patterns());
        // A pattern that never goes back is through in time that grows with the text.
        Assert.DoesNotContain(Patterns(), p => p.Pattern.MatchTimeout == Regex.InfiniteMatchTimeout && !p.Pattern.Options.HasFlag(RegexOptions.NonBacktracking));
    }

    [Fact]
    public void is_through_with_a_hostile_text_long_before_that()
    {
        // Text that doubles in length may take four times as long, and never more: what grows faster does not end within the limit.
        var stuck = new List<string>();
        foreach (var (name, pattern) in Patterns())
        {
            foreach (var text in Hostile(3000))
            {
                try
                {
                    _ = pattern.Count(text);
                }
                catch (RegexMatchTimeoutException)
                {
                    stuck.Add($"{name} on {text[..6]}…");
                    break;
                }
            }
        }

        Assert.True(stuck.Count == 0, string.Join('\n', stuck));
    }
}

public sealed class A_hostile_document
{
    private static byte[] Zip(params (string Name, string Text)[] parts)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts)
            {
                using var to = zip.CreateEntry(name).Open();
                to.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    private const string Types = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>""";

    [Theory]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><document>&e;</document>""")]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://exempel.invalid/x.dtd"><document/>""")]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><document>&b;</document>""")]
    [InlineData("""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://exempel.invalid/p">%p;]><document/>""")]
    public void of_an_office_is_not_given_out_with_a_document_type(string xml)
    {
        Assert.Null(OfficeFile.Of(Zip(("[Content_Types].xml", Types), ("word/document.xml", xml))));
        Assert.Null(OfficeFile.Of(Zip(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", xml), ("META-INF/manifest.xml", "<manifest/>"))));
    }

    [Fact]
    public void that_names_the_same_part_twice_is_not_given_out() =>
        Assert.Null(OfficeFile.Of(Zip(("[Content_Types].xml", Types), ("word/document.xml", "<a/>"), ("WORD/document.xml", "<b/>"))));
}
