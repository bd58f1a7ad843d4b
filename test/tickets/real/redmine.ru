# Redmine in one process, for puma: makes the database, three issues and a key, says them, and serves. Its data lie where
# REDMINE_INSTANCE points.
require '/usr/share/redmine/config/environment'

ActiveRecord::Migration.verbose = false
ActiveRecord::Base.connection.migration_context.migrate
ActiveRecord::Base.descendants.each { |model| model.reset_column_information unless model.abstract_class? }

Setting.clear_cache
Setting.rest_api_enabled = '1'
Setting.attachment_max_size = '1024'
Setting.text_formatting = ENV.fetch('TEXT_FORMATTING')
status = IssueStatus.create!(name: 'New')
tracker = Tracker.create!(name: 'Fault', default_status: status)
priority = IssuePriority.create!(name: 'Normal', is_default: true)
project = Project.create!(name: 'Network', identifier: 'network', trackers: [tracker])
# So that a page can be read as a browser gets it, without logging in.
Role.anonymous.add_permission!(:view_issues)
admin = User.find_by_login('admin')
issues = 3.times.map do
  Issue.create!(project: project, tracker: tracker, author: admin, subject: 'Pods cannot talk', priority: priority, status: status)
end
File.write(ENV.fetch('SAYS'), JSON.generate(token: admin.api_key, issues: issues.map(&:id)))
run Rails.application
