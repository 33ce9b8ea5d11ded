using ArchiveService.Access;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Style;

/// <summary>Invented people, cases and numbers, so that every part can be judged without a database.</summary>
internal static class Examples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 30, 0, TimeSpan.Zero);

    public static readonly Reader Reader = new(
        "Siv Exempelsson",
        [Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Revisor, Role.Admin],
        "Granvika kommun");

    private static DateTimeOffset At(int day, int hour, int minute, int second = 0) => new(2026, 11, day, hour - 1, minute, second, TimeSpan.Zero);

    private static string Masked { get; } = RecordText.MaskSign.ToString();

    public static StateStrip Strip { get; } = StateStrip.Of(
        StateCell.Channel(Marks.Unpublished, Swedish.InProse(At(18, 23, 2), Now)),
        StateCell.Registration(Marks.Registered, "KS 2026/17-37, samlingsärende"),
        StateCell.Retention(Marks.Held, "polisanmälan, tills vidare"),
        StateCell.Secret("två uppgifter, OSL 39 kap. 3 §"));

    public static StateStrip PlainStrip { get; } = StateStrip.Of(
        StateCell.Channel(Marks.Visible, "sedan 14 november 2026"),
        StateCell.Registration(Marks.KeptOrdered, "i tidsordning, kanal Facebook"),
        StateCell.Retention(Marks.TimeRuns, "till 14 maj 2027"),
        StateCell.Open("ingen sekretess bedömd"));

    public static RecordPaper Paper { get; } = new(
        "Så som den var när den avpublicerades, version 3", At(18, 22, 41, 9), "granvikabon", "svarade Granvika kommun",
        RecordText.Plain(
            $"Det är livsfarligt. Halkbekämpningen på Skolvägen är ett skämt och {Masked} skrattar hela vägen till banken. Alla på tekniska vet hur det går till.\n\nRing honom gärna på {Masked} och fråga varför barnen får åka ambulans."))
    {
        Foot = ["På Facebook 2026-11-18 22:05", "Ändrad 22:18 och 22:40", "14 reaktioner vid sista observationen"],
        Link = new LinkButton("Visa på plattformen", "#handling"),
    };

    public static RecordPaper Arabic { get; } = new(
        "Kommentar, Facebook", At(19, 8, 12), "ليلى المثال", "svarade Granvika kommun",
        RecordText.Plain("متى تفتح المكتبة يوم السبت؟ شكراً 😊"))
    {
        Small = true,
        Mark = Marks.Visible,
    };

    public static RecordPaper Gone { get; } = new("Omnämnande, Mastodon", null, "@dag_uppdiktad@exempel.social", null, null)
    {
        Small = true,
        Mark = Marks.DeletedBySender,
        Absence = "Innehållet är gallrat 2026-10-01. Uppgifterna om handlingen finns kvar.",
    };

    public static VersionList Versions { get; } = VersionList.Of(
    [
        (At(18, 22, 5), "fångad 22:05:44, webhook", "Det är ganska halt. Halkbekämpningen på Skolvägen är ett skämt, när kommer plogbilen?"),
        (At(18, 22, 18), "observerad, webhook", $"Det är livsfarligt. Halkbekämpningen på Skolvägen är ett skämt och {Masked} skrattar hela vägen till banken."),
        (At(18, 22, 40), "observerad, webhook", $"Det är livsfarligt. Halkbekämpningen på Skolvägen är ett skämt och {Masked} skrattar hela vägen till banken. Alla på tekniska vet hur det går till."),
    ]);

    public static ConversationThread Conversation { get; } = new(
    [
        new ThreadItem("Granvika kommun", Marks.Drafted, At(13, 16, 30), RecordText.Plain("Vintern är här. Så sandar och plogar vi i Granvika, och så felanmäler du."))
        {
            Href = "#trad",
            Replies =
            [
                new ThreadItem("Britt Skenbärg", Marks.Incoming, At(18, 17, 12), RecordText.Plain("Bra film! Men ingen har varit på Skolvägen sedan i söndags.")) { Href = "#trad" },
                new ThreadItem("granvikabon", Marks.Incoming, At(18, 22, 5), RecordText.Plain("Det är livsfarligt. Halkbekämpningen på Skolvägen …"))
                {
                    Mark = Marks.Unpublished,
                    Here = true,
                    Replies =
                    [
                        new ThreadItem("Tore Fabelström", Marks.Incoming, At(18, 22, 21), RecordText.Plain("Håll dig till saken. Man hänger inte ut folk.")) { Href = "#trad" },
                        new ThreadItem("Granvika kommun", Marks.Drafted, At(18, 23, 6), RecordText.Plain("Vi har tagit bort en kommentar som innehöll personuppgifter. Frågan om sandningen svarar vi på i morgon. /Amir")) { Href = "#trad" },
                    ],
                },
            ],
        },
    ]);

    public static AttachmentList Files { get; } = new(
    [
        new AttachmentItem("skolvagen-kvall.jpg", "image/jpeg", 1_412_000, "Fångad med version 1", "#bilagor"),
        new AttachmentItem("skarmbild-2026-11-18-2301.png", "image/png", 512_300, "Skärmbild före avpublicering, tagen av systemet", "#bilagor"),
        new AttachmentItem("film.mp4", "video/mp4", null, "Plattformen lämnade inte ut filen"),
    ]);

    public static Timeline Acts { get; } = new(
    [
        new TimelineItem(At(20, 1, 12), Icon.Gap, "Lucka i fångsten till 03:40", "slutledd") { IsGap = true },
        new TimelineItem(At(19, 10, 20), Icon.Held, "Gallringsstopp satt", "Hedda Påhittsdotter, arkivarie") { Reason = "Polisanmäld, K-nummer antecknat i ärendet. Behålls tills polisen har lämnat besked." },
        new TimelineItem(At(19, 8, 31), Icon.Registered, "Registrerad som KS 2026/17-37", "Siv Exempelsson, registrator")
        {
            Facts = ["Ärende: Borttaget innehåll, Facebook 2026. Avsändare: konto ”granvikabon”. Saken: kommentar om halkbekämpning, avpublicerad."],
            Href = "#handelser",
        },
        new TimelineItem(At(18, 23, 2), Icon.Unpublished, "Avpublicerad", "Amir Låtsberg, moderator")
        {
            Facts = ["Grund: förtal eller personangrepp, kränkande personuppgifter. Riktlinje KS 2025/88, avsnitt 4."],
            Reason = "Kommentaren pekar ut en namngiven anställd som brottslig och lämnar ut hans privata telefonnummer. Saken i övrigt, sandningen, besvaras i tråden.",
        },
        new TimelineItem(At(18, 22, 58), Icon.Lock, "Sekretessmarkerad", "Amir Låtsberg, moderator") { Facts = ["Två uppgifter, OSL 39 kap. 3 §. Maskade i alla vyer."] },
        new TimelineItem(At(18, 22, 40), Icon.Pen, "Ändrad på Facebook, version 3", "avsändaren, observerad 22:41"),
        new TimelineItem(At(18, 22, 5), Icon.Incoming, "Inkommen", "fångad 22:05:44, webhook"),
    ]);

    public static SearchHit[] Hits { get; } =
    [
        new SearchHit("#sok", "Nils Låtsasson", At(20, 7, 41), "Kommentar på ”Ny entreprenör för vinterväghållningen”, Facebook",
            RecordText.WithHits("… tre morgnar i rad. Min dotter \u0002halkade\u0003 på väg till skolan i dag och fick åka in till akuten. När tänker ni sanda \u0002Skolvägen\u0003?"))
        {
            Marks = [Marks.Incoming, Marks.Visible, Marks.NotAssessed, Marks.TimeRuns],
            Why = [new Fact("Text", "”halkade” är en form av halka"), new Fact("Text", "Skolvägen ordagrant")],
        },
        new SearchHit("#sok", "konto ”granvikabon”", At(18, 22, 5), "Kommentar på ”Vintern är här”, Facebook",
            RecordText.WithHits($"Det är livsfarligt. \u0002Halkbekämpningen\u0003 på \u0002Skolvägen\u0003 är ett skämt och {Masked} skrattar hela vägen till banken."))
        {
            Marks = [Marks.Incoming, Marks.Unpublished, Marks.Registered.Saying("KS 2026/17-37"), Marks.Kept],
            IsSecret = true,
            Why = [new Fact("Tidigare version", "2 av 3")],
        },
        new SearchHit("#sok", "@dag_uppdiktad@exempel.social", new DateTimeOffset(2026, 1, 9, 18, 33, 0, TimeSpan.Zero), "Omnämnande, Mastodon", null)
        {
            Absence = "Innehållet är gallrat 2026-10-01. Uppgifterna om handlingen finns kvar.",
            Marks = [Marks.Incoming, Marks.DeletedBySender, Marks.KeptOrdered, Marks.Destroyed],
            Why = [new Fact("Diariets rubrik", "Synpunkt om halka, Skolvägen")],
        },
    ];

    public static Preconditions Before { get; } = new(
    [
        new Precondition(Standing.Met, "Innehåll och avsändare är sparade", "Fångad 09:12:31, kontrollsumman stämmer"),
        new Precondition(Standing.Met, "Du har uppdrag för kanalen", "Beslut KS 2025/201, gäller till 2027-12-31"),
        new Precondition(Standing.Attention, "Registreras i KS 2026/17", "Borttaget innehåll, Facebook 2026. Sker i samma steg."),
        new Precondition(Standing.Blocks, "Kan inte raderas i kanalen än", "Radering kräver att handlingen är registrerad, eller ett gallringsbeslut."),
    ]);

    public static ProofBox Proof { get; } = new(
        "Oförändrad sedan fångsten", "Kontrollerad i dag kl. 06.00",
        [
            new Fact("Kontrollsumma, SHA-256", "9f2c41d807be6a53c1904e7f2ab86d105e33f7c984d2016be97a5c481fd0b362", FactLook.Checksum),
            new Fact("Plats i loggen", "Löv 1 204 417, 21 steg till roten"),
            new Fact("Undertecknad kontrollpunkt", "2026-11-20 06:00, storlek 1 206 982"),
        ],
        Links: [new LinkButton("Hämta bevis", "#bevis", Main: true, Icon.Download), new LinkButton("Så kontrollerar du det själv", "#bevis")]);

    public static ProofBox BrokenProof { get; } = new(
        "Kontrollsumman stämmer inte", "Kontrollerad i dag kl. 06.00",
        [new Fact("Vad det betyder", "Innehållet skiljer sig från det som fångades. Rör inget och säg till arkivarien.")],
        Intact: false);

    public static FactList Facts { get; } = new(
    [
        new Fact("Diarienummer", "KS 2026/17-37", FactLook.DiaryNumber),
        new Fact("Ärende", "Borttaget innehåll, Facebook 2026", Href: "#fakta"),
        new Fact("Datum", "2026-11-19"),
        new Fact("Avsändare", "", FactLook.Omitted),
        new Fact("Klass", "1.4.2 Sociala medier", Note: "Informationshanteringsplan 2026"),
        new Fact("Id hos plattformen", "1048_77351", FactLook.Code),
    ]);

    public static Chart Bars { get; } = new("exempel", "Inkommet per dag", [new("17 nov", 12), new("18 nov", 31, 4), new("19 nov", 0), new("20 nov", 18, 1)], ("handling", "handlingar")) { Note = "Siffrorna står också i en tabell.", MarkedAs = "för sent" };

    public static KeyFigures Figures { get; } = new(
    [
        new KeyFigure("Att registrera", "14", "äldsta från 18 november", Href: "#tal", Trend: [9, 7, 6, 11, 8, 5, 4, 6, 9, 12, 10, 11, 14], TrendText: "Senaste 13 dagarna: mellan 4 och 14"),
        new KeyFigure("Svar i tid", "94 %", "mål 95 %"),
        new KeyFigure("Försenade", "2", "längst 2 t 05 min", Late: true),
        new KeyFigure("Handlingar", Swedish.Number(1_204_417), "sedan 2011"),
    ]);

    public static RunSteps Steps { get; } = new(
    [
        new RunStep("Förslag", "10 nov, Per Uppdiktad", StepState.Done),
        new RunStep("Godkännande", "12 nov, Hedda Påhittsdotter", StepState.Done),
        new RunStep("Betänketid", "7 dygn, slut 19 nov", StepState.Done),
        new RunStep("Verkställs", "pågår", StepState.Now),
        new RunStep("Kontroll", "att inget finns kvar", StepState.Coming),
        new RunStep("Bevis", "protokoll och bevis", StepState.Coming),
    ]);

    public static RunProgress Progress { get; } = new(
        14_220, 18_412, $"{Swedish.Number(14_220)} av {Swedish.Count(18_412, "handling", "handlingar")} gallrade", "ungefär 10 sekunder kvar");
}
