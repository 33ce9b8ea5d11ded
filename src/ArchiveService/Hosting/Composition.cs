using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Audit;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Backups;
using ArchiveService.Features.Bulk;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Completeness;
using ArchiveService.Features.Consents;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Features.DefaultStates;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.FormDrafts;
using ArchiveService.Features.Help;
using ArchiveService.Features.Media;
using ArchiveService.Features.Opening;
using ArchiveService.Features.Operations;
using ArchiveService.Features.Outgoing;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Progress;
using ArchiveService.Features.Proofs;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Search;
using ArchiveService.Features.Snapshots;
using ArchiveService.Features.Snapshots.Pictures;
using ArchiveService.Features.Sources;
using ArchiveService.Features.Sources.Meta;
using ArchiveService.Features.Sources.YouTube;
using ArchiveService.Features.Start;
using ArchiveService.Features.Substitutes;
using ArchiveService.Features.Verify;
using ArchiveService.Features.Warc;
using ArchiveService.Features.Watch;
using ArchiveService.Features.Weeding;
using ArchiveService.Http;
using ArchiveService.Printing;
using ArchiveService.Sealing;

namespace ArchiveService.Hosting;

/// <summary>How the service is put together; the web application and every verb are built by the same lines.</summary>
public static class Composition
{
    public static void AddArchive(this WebApplicationBuilder builder, Installation installation)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(installation);
        services.AddSingleton(installation.Databases);
        services.AddLogStanding();
        services.AddLog(KeysOf(builder.Configuration, installation));
        services.AddSingleton(AttachmentStoreOptions.From(builder.Configuration, installation.DataFolder).Open());
        services.AddBackups();
        services.AddCommands(builder.Configuration);
        services.AddAssignments().AddDelegations().AddSubstitutes().AddAudit();
        services.AddDisposals().AddWeeding();
        services.AddDisclosures();
        services.AddDataSubjects();
        services.AddSingleton<Verifications>().AddSingleton<VerificationWorker>().AddHostedService(s => s.GetRequiredService<VerificationWorker>());
        services.AddEvidence();
        services.AddProofs().AddSingleton<DocumentProofs>();
        services.AddReplay();
        services.AddOperations().AddSchedules();
        services.AddPrinting(builder.Configuration);
        services.AddViews();
        builder.AddAccess();
        services.AddStart();
        services.AddPages();
        services.AddSingleton<KeptForms>().AddBulk().AddProgress();
        services.AddOpenApi();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new StorableText());
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.MaxDepth = Limits.JsonDepth;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver { Modifiers = { RequestShape.LimitLists } });
        });
        services.AddRequestLimits(builder);
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database").AddCheck<ProjectionHealth>("projections").AddCheck<FinalStepHealth>("gallring");
    }

    public static void MapArchive(this WebApplication app)
    {
        if (Proxies.From(app.Configuration) is { Any: true } proxies) app.UseForwardedHeaders(proxies.Options());
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/api"), api => api.UseStatusCodePages());
        app.UseWhen(http => !http.Request.Path.StartsWithSegments("/api"), pages => pages.UseExceptionHandler("/fel/500").UseStatusCodePagesWithReExecute("/fel/{0}"));
        app.UseMiddleware<Interruptions>();
        app.UseStaticFiles();
        app.UseWhen(http => PublicAnswers.Covers(http.Request.Path), everybody => everybody.UseMiddleware<PublicAnswers>());
        app.UseRouting();
        app.UseMiddleware<RequestShape>();
        app.UseMiddleware<RequestLimits.ByNetwork>();
        app.UseAccess();
        app.UseMiddleware<ReadOnlyWhileBehind>();
        app.UseMiddleware<Input>();
        app.UseMiddleware<RefilledForms>();
        app.MapHealthChecks("/health/live", HealthAnswer.Of(_ => false)).AllowAnonymous();
        app.MapHealthChecks("/health/ready", HealthAnswer.Of()).AllowAnonymous();
        app.MapOpenApi().AllowAnonymous();
        app.MapPages();
        app.MapStart();
        app.MapHelp();
        app.MapPersons();
        app.MapCommands();
        app.MapViews();
        BulkRoutes.Map(app);
        LiveProgress.Map(app);
        app.MapOperations();
        app.MapEvidence();
        app.MapProofs();
        DocumentProofs.Map(app);
        app.MapReplay();
        app.MapAudit();
    }

    /// <summary>Refuses to go on with a bucket or folder that cannot be written, read and destroyed in.</summary>
    public static async Task MustStoreAttachments(this IServiceProvider services, CancellationToken ct)
    {
        try
        {
            await services.GetRequiredService<IObjectStore>().Probe(ct);
        }
        catch (ObjectStoreUnavailable why)
        {
            throw new CannotStart(why.Message, why);
        }
    }

    private static void AddRequestLimits(this IServiceCollection services, WebApplicationBuilder builder)
    {
        var limits = Limits.From(builder.Configuration);
        services.AddSingleton(limits).AddSingleton<RequestLimits>();
        builder.WebHost.ConfigureKestrel(limits.Apply);
        services.Configure<Microsoft.AspNetCore.Http.Features.FormOptions>(limits.Apply);
        services.Configure<Microsoft.AspNetCore.Mvc.CookieTempDataProviderOptions>(told =>
        {
            told.Cookie.Name = Proxies.ServesTls(builder.Configuration) ? "__Host-archive-told" : "archive-told";
            told.Cookie.SameSite = SameSiteMode.Strict;
            told.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    private static void AddLog(this IServiceCollection services, IKeyProvider keys)
    {
        services.AddSingleton(keys);
        services.AddSingleton(new KeyedIds(keys.IdentitySecret));
        services.AddSingleton(new EventTypes(typeof(Composition).Assembly));
        services.AddSingleton(s => new EventSignal(s.GetRequiredService<Databases>().Writer));
        services.AddSingleton(s => new PostgresEventStore(s.GetRequiredService<Databases>().Writer, s.GetRequiredService<EventTypes>(), s.GetRequiredService<EventSignal>()));
        services.AddSingleton<SealedLog>();
        services.AddSingleton<Projection>(s => new RecordViewProjection(s.GetRequiredService<SealedLog>()));
        services.AddSingleton<RebuildViews>();
        services.AddSingleton<ProjectionHost>();
        services.AddHostedService(s => s.GetRequiredService<ProjectionHost>());
    }

    private static void AddCommands(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<AuthorityRegister>().AddSingleton<PolicyVersions>().AddSingleton<PutAuthorityHandler>();
        services.AddSingleton<ChannelRegister>().AddSingleton<RegisterChannelHandler>().AddSingleton<CloseChannelHandler>().AddSingleton<ChannelList>()
            .AddSingleton<ChannelStreams>().AddSingleton<ChannelAdministrators>().AddSingleton<ChannelView>();
        services.AddSingleton<Features.Classification.ClassificationPlans>().AddSingleton<Features.Classification.AdoptPlanHandler>();
        services.AddSingleton<Records>().AddSingleton<CaptureActs>().AddSingleton<AttachmentIntake>();
        services.AddSingleton<TakeDownHandler>().AddSingleton<RecordMeasures>().AddSingleton<Features.Blocking.BlockingHandler>().AddSingleton<SecrecyHandler>().AddSingleton<Features.Secrecy.ProtectedNames>().AddSingleton<Features.Secrecy.Protections>().AddSingleton<Features.Secrecy.ProtectedIdentities>().AddSingleton<Features.Secrecy.ProtectedDeliveries>().AddSingleton<Features.Secrecy.ReleaseSnapshotHandler>().AddSingleton<RecordAssessments>();
        services.AddSingleton<RecordBatches>().AddSingleton<StaffNames>().AddSingleton<RegistrationForms>().AddSingleton<EscalateDangerHandler>();
        services.AddSingleton<ThreadAssessments>().AddSingleton<ThreadAssessmentWorker>().AddHostedService(s => s.GetRequiredService<ThreadAssessmentWorker>());
        services.AddSingleton<Features.OnCall.OnCallList>().AddSingleton<Features.OnCall.OnCallHandler>();
        services.AddSingleton<DefaultRules>().AddSingleton<DefaultRuleHandler>().AddSingleton<DefaultRuleRuns>();
        services.AddSingleton<Features.Cases.CasePrints>().AddSingleton<Features.Cases.NotePrintHandler>();
        services.AddSingleton<Features.Cases.CloseCaseHandler>().AddSingleton<NoLongerCurrentHandler>().AddSingleton<LinkRecordsHandler>();
        services.AddSingleton<Features.Cases.LogBehind>().AddSingleton<Features.Cases.Registration>().AddSingleton<RegisterRecordHandler>().AddSingleton<SubjectChecks>().AddSingleton<RouteRecordHandler>().AddSingleton<ThreadRegistrations>().AddSingleton<CorrectRegistrationHandler>().AddSingleton<ReregisterRecordHandler>();
        services.AddSingleton<Features.Cases.SeriesHandler>().AddSingleton<Features.Cases.CaseNumbers>().AddSingleton<Features.Cases.CaseNumberHandler>();
        services.AddSingleton<Features.Cases.CaseDocumentHandler>().AddSingleton<Features.Cases.CaseDocumentSearch>();
        services.AddSingleton<Features.Cases.CaseActs>().AddSingleton<Features.Cases.CaseFiles>().AddSingleton<Features.Cases.CaseLists>().AddSingleton<Features.Cases.OpenCaseHandler>().AddSingleton<Features.Cases.SplitCaseHandler>()
            .AddSingleton<Features.Cases.AssignOfficerHandler>().AddSingleton<Features.Cases.MakeDecisionHandler>().AddSingleton<Features.Cases.RelateCasesHandler>().AddSingleton<Features.Cases.AppealHandler>();
        services.AddSingleton(AttachmentLimit.From(configuration));
        services.AddSingleton<AnswerHandler>().AddSingleton<Queue>().AddSingleton<WatchRegister>().AddSingleton<WatchHandler>();
        services.AddSingleton<MorningList>().AddSingleton<InboxEmptyings>().AddSingleton<WrongAddresseeHandler>().AddSingleton<InboxSettling>().AddSingleton<AllotmentHandler>().AddSingleton<AllotmentList>();
        services.AddSingleton<DisposalDecisions>();
        services.AddConsents().AddSnapshots().AddPictures().AddWarc().AddOutgoing(configuration).AddMedia(configuration);
        services.AddSingleton<StrayObjects>().AddSingleton<StraySweep>();
        services.AddSingleton<IWebhook>(ChallengedWebhook.OfX(configuration["X:ConsumerSecret"])).AddSingleton<IRoutedReader, XDeliveryReader>();
        services.AddSingleton<IWebhook>(ChallengedWebhook.OfLinkedIn(configuration["LinkedIn:ClientSecret"])).AddSingleton<IRoutedReader, LinkedInDeliveryReader>();
        services.AddSingleton(new YouTubeOptions(configuration["YouTube:WebSubSecret"])).AddSingleton<IWebhook, YouTubeWebhooks>().AddSingleton<IRoutedReader, YouTubeDeliveryReader>();
        services.AddApiSources(configuration);
        services.AddMetaSources(configuration);
        services.AddSingleton(new MetaOptions(configuration["Meta:AppSecret"], configuration["Meta:VerifyToken"])).AddSingleton<IWebhook, MetaWebhooks>().AddSingleton(_ => new WebhookLimit());
        services.AddSingleton<PollAnswers>().AddSingleton<Deliveries>().AddSingleton<Quarantine>().AddSingleton<ProcessDelivery>().AddSingleton<DiscardDeliveryHandler>().AddSingleton<OpenDeliveryHandler>().AddSingleton<DeliveryView>().AddSingleton<RawDisposal>().AddSingleton<InboxBell>();
        services.AddSingleton(Features.Import.ImportLimit.From(configuration)).AddSingleton<Features.Import.ImportRun>().AddSingleton<Features.Import.Imports>().AddSingleton<Features.Import.ImportBell>()
            .AddSingleton<Features.Import.ImportWorker>().AddHostedService(s => s.GetRequiredService<Features.Import.ImportWorker>());
        services.AddSingleton<IDeliveryReader, Features.ByHand.ByHandReader>().AddSingleton<Features.ByHand.CaptureByHandHandler>();
        services.AddSingleton<InboxWorker>().AddHostedService(s => s.GetRequiredService<InboxWorker>());
        services.AddSources(configuration);
        services.AddSingleton<ChannelAlarms>().AddSingleton<SubscriptionGaps>().AddSingleton<CompletenessRegister>().AddSingleton<CloseDays>().AddSingleton<ComparePlatform>().AddSingleton<PeriodHandler>();
    }

    private static void MapCommands(this IEndpointRouteBuilder routes)
    {
        PutAuthority.Map(routes);
        PolicyInForce.Map(routes);
        PolicyPresets.Map(routes);
        Features.Classification.AdoptPlan.Map(routes);
        RegisterChannel.Map(routes);
        CloseChannel.Map(routes);
        ChannelList.Map(routes);
        ChannelView.Map(routes);
        ApproveChannel.Map(routes);
        WriteChannelPlan.Map(routes);
        SignChannelPlan.Map(routes);
        NameAdministrator.Map(routes);
        WriteChannelText.Map(routes);
        ReviewTerms.Map(routes);
        StateLoginCustody.Map(routes);
        AnswerCheck.Map(routes);
        ActivateChannel.Map(routes);
        PauseChannel.Map(routes);
        ResumeChannel.Map(routes);
        ReviewChannel.Map(routes);
        ReportAbsence.Map(routes);
        Features.Cases.CaseDetails.Map(routes);
        Features.Cases.CloseCase.Map(routes);
        Features.Cases.CaseFiles.Map(routes);
        Features.Cases.CaseLists.Map(routes);
        Features.Cases.OpenCase.Map(routes);
        Features.Cases.AssignOfficer.Map(routes);
        Features.Cases.AddParty.Map(routes);
        Features.Cases.WriteNote.Map(routes);
        Features.Cases.MakeDecision.Map(routes);
        Features.Cases.RenameCase.Map(routes);
        Features.Cases.MarkCase.Map(routes);
        Features.Cases.RelateCases.Map(routes);
        Features.Cases.SplitCase.Map(routes);
        Features.Cases.MarkCaseDocument.Map(routes);
        Features.Cases.CaseDocumentSearch.Map(routes);
        Features.Cases.ReopenCase.Map(routes);
        Features.Cases.ReceiveAppeal.Map(routes);
        Features.Cases.CasePrints.Map(routes);
        Features.Cases.NotePrint.Map(routes);
        Features.Cases.SetSeries.Map(routes);
        Features.Cases.AddAlternate.Map(routes);
        Features.Cases.VoidNumber.Map(routes);
        NoLongerCurrent.Map(routes);
        LinkRecordsHandler.Map(routes);
        Captures.Map(routes);
        RecordAttachments.Map(routes);
        FetchAgain.Map(routes);
        ThumbnailRoutes.Map(routes);
        TakeDown.Map(routes);
        TakeDownAdvice.Map(routes);
        ConfirmTakeDown.Map(routes);
        NotifySender.Map(routes);
        PoliceReport.Map(routes);
        RestrictContent.Map(routes);
        Features.Blocking.BlockSender.Map(routes);
        MarkSecrecy.Map(routes);
        Features.Secrecy.ProtectIdentity.Map(routes);
        Features.Secrecy.ReleaseSnapshot.Map(routes);
        Features.Secrecy.ProtectedIdentities.Map(routes);
        RecordAssessments.Map(routes);
        EscalateDanger.Map(routes);
        AssessThread.Map(routes);
        Features.OnCall.ListContact.Map(routes);
        AdoptDefaultRule.Map(routes);
        RegisterRecord.Map(routes);
        RegisterThread.Map(routes);
        RouteRecord.Map(routes);
        OutgoingRoutes.Map(routes);
        AnswerHandler.Map(routes);
        Queue.Map(routes);
        WatchHandler.Map(routes);
        MorningList.Map(routes);
        InboxEmptyings.Map(routes);
        InboxSettling.Map(routes);
        WrongAddressee.Map(routes);
        AllotmentHandler.Map(routes);
        AllotmentList.Map(routes);
        CorrectRegistration.Map(routes);
        ReregisterRecord.Map(routes);
        Webhooks.Map(routes);
        routes.MapMetaSources();
        DeadLetters.Map(routes);
        SourceHandler.Map(routes);
        CompletenessRoutes.Map(routes);
        ChannelAlarms.Map(routes);
        Features.Import.Imports.Map(routes);
        Features.ByHand.CaptureByHandHandler.Map(routes);
        routes.MapAssignments();
        routes.MapDelegations();
        routes.MapSubstitutes();
        routes.MapConsents();
        routes.MapSnapshots();
        routes.MapPictures();
        routes.MapWarc();
        routes.MapDisposals();
        routes.MapWeeding();
        routes.MapDisclosures();
        routes.MapDataSubjects();
        VerificationWorker.Map(routes);
    }

    /// <summary>The key file is made on first start in the trial mode only; elsewhere a missing one means that something is wrong.</summary>
    private static KeyFile KeysOf(IConfiguration configuration, Installation installation)
    {
        try
        {
            if (configuration["Keys:MasterKeyFile"] is { Length: > 0 } path) return KeyFile.Open(path);
            return installation.IsEmbedded
                ? KeyFile.OpenOrCreate(Path.Combine(installation.DataFolder, "keys.json"), TimeProvider.System)
                : throw new CannotStart("Keys__MasterKeyFile is not set. With a database of your own the keys stand in a file of their own: make it once with ./run keys create FILE, keep a copy apart, and set Keys__MasterKeyFile.");
        }
        catch (KeyFileProblem why)
        {
            throw new CannotStart(why.Message, why);
        }
    }

    /// <summary>One JSON object a line. Requests are never logged with their bodies: they hold what people wrote.</summary>
    public static void LogTo(this WebApplicationBuilder builder, bool standardError, LogLevel least)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = LogLines.FormatName).AddConsoleFormatter<LogLines, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
        if (standardError)
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(least);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        builder.Logging.AddFilter("Quartz", LogLevel.Warning);
    }
}
