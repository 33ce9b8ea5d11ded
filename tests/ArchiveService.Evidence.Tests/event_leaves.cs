using System.Text;

namespace ArchiveService.Evidence.Tests;

/// <summary>Leaf v1 is a stored format: these bytes never change.</summary>
public sealed class Event_leaves
{
    private static readonly EventLeaf Full = new(
        4711, new("0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), new("8f14e45f-ceea-867a-9a36-dedd4bea2543"), 3, "record_registered",
        new DateTimeOffset(2026, 11, 27, 9, 30, 15, TimeSpan.Zero).AddMicroseconds(123456),
        "0197a1b2-0000-7000-8000-000000000001", "korrelation å", null,
        Encoding.UTF8.GetBytes("""{ "role" : "registrator","n": -0 }"""),
        Encoding.UTF8.GetBytes("""{"diaryNumber":"BUN 2026–17","b":[1, 2.0, 1e2, true, null],"a":{"z":"\u00e5\ud83d\ude00\/","\u20ac":"\u001f\t\"\\"}}"""));

    private const string FullText =
        "{\"actor\":\"0197a1b2-0000-7000-8000-000000000001\",\"at\":\"1795771815123456\",\"causation\":null,\"correlation\":\"korrelation å\","
        + "\"data\":{\"a\":{\"z\":\"å😀/\",\"€\":\"\\u001f\\t\\\"\\\\\"},\"b\":[1,2,100,true,null],\"diaryNumber\":\"BUN 2026–17\"},"
        + "\"headers\":{\"n\":0,\"role\":\"registrator\"},\"id\":\"0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\",\"seq\":\"4711\",\"stream\":\"8f14e45f-ceea-867a-9a36-dedd4bea2543\","
        + "\"type\":\"record_registered\",\"v\":1,\"version\":\"3\"}";

    [Fact]
    public void have_these_bytes()
    {
        Assert.Equal(FullText, Encoding.UTF8.GetString(Full.V1()));
        Assert.Equal("ed4fd957277278e87b5f2cb556f42e80ce233c64a358065c96e1bdd9e8e16007", Convert.ToHexStringLower(Full.Hash().ToArray()));
        var least = Full with { Sequence = 1, Version = 1, Actor = null, Correlation = null, Headers = null, Data = "{}"u8.ToArray(), At = DateTimeOffset.UnixEpoch };
        Assert.Equal(
            "{\"actor\":null,\"at\":\"0\",\"causation\":null,\"correlation\":null,\"data\":{},\"headers\":null,\"id\":\"0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b\",\"seq\":\"1\","
            + "\"stream\":\"8f14e45f-ceea-867a-9a36-dedd4bea2543\",\"type\":\"record_registered\",\"v\":1,\"version\":\"1\"}",
            Encoding.UTF8.GetString(least.V1()));
        Assert.Equal("9a96aac7e0137b54440fd496fe51e7ac39392fef20fe8341ad8f1f015ac5d0a3", Convert.ToHexStringLower(least.Hash().ToArray()));
    }

    /// <summary>A leaf longer than the stack buffer of the hash, and the same spelled otherwise.</summary>
    [Fact]
    public void are_the_same_however_the_document_is_spelled()
    {
        var text = new string('ä', 5000);
        var spelled = Full with { Data = Encoding.UTF8.GetBytes($$"""{"b":"{{text}}","a":1}""") };
        var otherwise = Full with { Data = Encoding.UTF8.GetBytes($$"""{ "a" : 1.0 , "b" : "{{text.Replace("ä", "\\u00e4", StringComparison.Ordinal)}}" }""") };
        Assert.Equal(spelled.Hash(), otherwise.Hash());
        Assert.Equal(MerkleHash.OfLeaf(spelled.V1()), spelled.Hash());
    }

    /// <summary>RFC 8785 §3.2.3: members by UTF-16 code units, so that an emoji stands before U+FB33.</summary>
    [Fact]
    public void sort_members_as_rfc_8785_does()
    {
        var sorted = CanonicalJson.Of("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"""u8.ToArray());
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            Encoding.UTF8.GetString(sorted));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("9007199254740992")]
    [InlineData("-9007199254740992")]
    [InlineData("1e400")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{")]
    public void refuse_what_two_readers_would_read_as_two_things(string json) =>
        Assert.Throws<FormatException>(() => (Full with { Data = Encoding.UTF8.GetBytes(json) }).Hash());

    [Fact]
    public void differ_in_every_member()
    {
        EventLeaf[] others =
        [
            Full with { Sequence = 4712 }, Full with { Id = Guid.Empty }, Full with { Stream = Guid.Empty }, Full with { Version = 4 }, Full with { Type = "record_registered_v2" },
            Full with { At = Full.At.AddMicroseconds(1) }, Full with { Actor = null }, Full with { Correlation = null }, Full with { Causation = "" }, Full with { Headers = null }, Full with { Data = "{}"u8.ToArray() },
        ];
        Assert.Equal(others.Length, others.Select(leaf => leaf.Hash()).Append(Full.Hash()).Distinct().Count() - 1);
        Assert.Throws<InvalidOperationException>(() => (Full with { At = Full.At.AddTicks(1) }).Hash());
    }
}
